/**
 * ID tokens (OpenID Connect Core §2). Userinfo returns the claims of scopes. ID tokens contain them
 * only for clients that registered for it (§5.4).
 */
import { subjectOf } from '../accounts/subject.ts';
import { type Core, lifetimesOf } from '../core.ts';
import { signingKeyOf } from '../keys/key-ring.ts';
import type { Client } from '../../model/entities.ts';
import type { AuthorizationTerms } from '../../model/terms.ts';
import { encryptFor } from './encrypted.ts';
import { halfHash } from './half-hash.ts';

export interface IdTokenGrant {
  readonly accountId: string;
  readonly client: Client;
  readonly authenticatedAt: number;
  readonly nonce?: string;
  /** The client's name of the sign-in, if it must learn of its end (Front-Channel Logout §3). */
  readonly sid?: string;
  readonly terms?: AuthorizationTerms;
  /** The access token of the same answer, for `at_hash`. */
  readonly accessToken?: string;
  /** The code of the same answer, for `c_hash` (§3.3.2.11). */
  readonly code?: string;
  /** The state of an answer through the browser, for `s_hash` (FAPI 1.0 Advanced §5.1). */
  readonly state?: string;
  /**
   * Claims about the user: the requested ones (§5.5), and those of its scopes if the client
   * registered for it or there is no access token (§5.4).
   */
  readonly claims?: Readonly<Record<string, unknown>>;
}

export async function issueIdToken(core: Core, grant: IdTokenGrant, now: number): Promise<string> {
  const signed = await signIdToken(core, grant, now);
  const encryption = grant.client.settings?.idTokenEncryption;
  // §2, §10.2: first signed, then encrypted for the client.
  return encryption === undefined
    ? signed
    : encryptFor(core, grant.client, encryption, signed, 'JWT');
}

/**
 * Before anything is spent: an encrypted ID token needs a key of the client. Without waiting for
 * any other client. Rejects with client_keys_unusable.
 */
export function assureEncryption(core: Core, client: Client): Promise<unknown> | undefined {
  const encryption = client.settings?.idTokenEncryption;
  return encryption && encryptFor(core, client, encryption, '', 'JWT');
}

async function signIdToken(core: Core, grant: IdTokenGrant, now: number): Promise<string> {
  const keys = await core.keys.load();
  const key = signingKeyOf(keys, grant.client.idTokenAlgorithm);
  return core.signer.sign(key, 'JWT', {
    ...grant.claims,
    iss: core.options.issuer,
    sub: subjectOf(core, grant.client, grant.accountId),
    aud: grant.client.id,
    iat: now,
    exp: now + lifetimesOf(core, grant.client).idTokenSeconds,
    auth_time: grant.authenticatedAt,
    amr: grant.terms?.amr ?? ['pwd'],
    ...(grant.terms?.acr !== undefined ? { acr: grant.terms.acr } : {}),
    ...(grant.nonce !== undefined ? { nonce: grant.nonce } : {}),
    ...(grant.sid !== undefined ? { sid: grant.sid } : {}),
    ...(grant.accessToken !== undefined
      ? { at_hash: halfHash(grant.accessToken, key.algorithm) }
      : {}),
    ...(grant.code !== undefined ? { c_hash: halfHash(grant.code, key.algorithm) } : {}),
    ...(grant.state !== undefined ? { s_hash: halfHash(grant.state, key.algorithm) } : {}),
  });
}
