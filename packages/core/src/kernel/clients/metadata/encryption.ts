/** How something is to be encrypted for a client: two members that begin alike, `x_encrypted_response_alg` and `x_encrypted_response_enc`. */
import {
  contentEncryptions,
  isContentEncryption,
  isKeyEncryption,
  keyEncryptions,
} from '@keywright/jwt/encryption';
import type { EncryptionChoice } from '../../../model/client-settings.ts';
import type { Say } from './check.ts';
/** Undefined where nothing is to be encrypted. `member` is what both begin with: `introspection_encrypted_response`. */
export function checkEncryption(
  alg: string | undefined,
  enc: string | undefined,
  member: string,
  say: Say,
): EncryptionChoice | undefined {
  if (alg === undefined) {
    // RFC 7591, RFC 9701 §6: "enc" means nothing without "alg".
    if (enc !== undefined) say(`${member}_enc`, `needs ${member}_alg beside it`);
    return undefined;
  }
  if (!isKeyEncryption(alg)) say(`${member}_alg`, `must be one of ${keyEncryptions.join(', ')}`);
  // The default wherever such a pair is defined.
  const chosen = enc ?? 'A128CBC-HS256';
  if (!isContentEncryption(chosen)) say(`${member}_enc`, `must be one of ${contentEncryptions.join(', ')}`);
  return { alg, enc: chosen };
}
