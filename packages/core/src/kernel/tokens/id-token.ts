/** ID tokens (OpenID Connect Core §2). Claims of scopes are given at userinfo, and here to clients that are registered so (§5.4). */
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
  /** The client's name of the sign-in, where it is to be told of its end (Front-Channel Logout §3). */
  readonly sid?: string;
  readonly terms?: AuthorizationTerms;
  /** The access token issued beside it, for `at_hash`. */
  readonly accessToken?: string;
  /** The code issued beside it in one answer, for `c_hash` (§3.3.2.11). */
  readonly code?: string;
  /** The state of an answer through the browser, for `s_hash` (FAPI 1.0 Advanced §5.1). */
  readonly state?: string;
  /** Claims about the person: those that were asked for one by one (§5.5), and those of its scopes for a client that is registered so, or where there is no access token (§5.4). */
  readonly claims?: Readonly<Record<string, unknown>>;
}

export async function issueIdToken(core: Core, grant: IdTokenGrant, now: number): Promise<string> {
  const signed = await signIdToken(core, grant, now);
  const encryption = grant.client.settings?.idTokenEncryption;
  // §2, §10.2: first signed, then encrypted for the client alone.
  return encryption === undefined ? signed : encryptFor(core, grant.client, encryption, signed, 'JWT');
}

/**
 * Before anything is spent: an ID token that is to be encrypted needs a key that can be had. Nothing to wait for with any other client.
 * Rejects with client_keys_unusable.
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
    ...(grant.accessToken !== undefined ? { at_hash: halfHash(grant.accessToken, key.algorithm) } : {}),
    ...(grant.code !== undefined ? { c_hash: halfHash(grant.code, key.algorithm) } : {}),
    ...(grant.state !== undefined ? { s_hash: halfHash(grant.state, key.algorithm) } : {}),
  });
}
