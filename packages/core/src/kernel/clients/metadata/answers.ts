/**
 * The algorithms with which the server signs answers for a client, and encrypts them for one of its
 * keys. Two members with the same prefix belong together.
 */
import {
  contentEncryptions,
  isContentEncryption,
  isKeyEncryption,
  keyEncryptions,
} from '@keywright/jwt/encryption';
import type { ClientMemberName } from '../../../model/client-settings.ts';
import type { ClientRegistration } from '../client-registration.ts';
import { type CheckSettings, hasKeys, type Say } from './check.ts';

const signed = [
  'authorization_signed_response_alg',
  'introspection_signed_response_alg',
  'userinfo_signed_response_alg',
] as const satisfies readonly ClientMemberName[];

/**
 * An algorithm without a key to encrypt for is a fault, because the answer is never sent
 * unencrypted instead.
 */
const encrypted = {
  authorization_encrypted_response: 'needs jwks or jwks_uri: there is no key to encrypt for',
  introspection_encrypted_response: 'needs jwks or jwks_uri: there is no key to encrypt for',
  id_token_encrypted_response: 'needs jwks or jwks_uri',
  userinfo_encrypted_response: 'needs jwks or jwks_uri',
} as const;

export const checkAnswers: CheckSettings = (input, say, { algorithms }) => {
  for (const name of signed)
    if (input[name] !== undefined && !(algorithms as readonly string[]).includes(input[name]))
      say(name, `must be one of ${algorithms.join(', ')}`);
  for (const prefix of Object.keys(encrypted) as (keyof typeof encrypted)[]) {
    checkEncryption(input, prefix, say);
    if (input[`${prefix}_alg`] !== undefined && !hasKeys(input))
      say(`${prefix}_alg`, encrypted[prefix]);
  }
};

/** Checks key management and content encryption: the two members with this prefix. */
export function checkEncryption(
  input: ClientRegistration,
  prefix: keyof typeof encrypted | 'request_object_encryption',
  say: Say,
): void {
  const { [`${prefix}_alg` as const]: alg, [`${prefix}_enc` as const]: enc } = input;
  // RFC 7591, RFC 9701 §6: "enc" means nothing without "alg".
  if (alg === undefined && enc !== undefined) say(`${prefix}_enc`, `needs ${prefix}_alg, too`);
  if (alg === undefined) return;
  if (!isKeyEncryption(alg)) say(`${prefix}_alg`, `must be one of ${keyEncryptions.join(', ')}`);
  if (enc !== undefined && !isContentEncryption(enc))
    say(`${prefix}_enc`, `must be one of ${contentEncryptions.join(', ')}`);
}
