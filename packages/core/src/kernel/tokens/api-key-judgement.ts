/**
 * Decides whether a presented API key is valid, and what it allows. The server decides this only
 * here.
 */
import { type ApiKeyText, digest, equalDigests } from '@keywright/jwt';
import { mayHaveApiKeys } from '../policy/tiers.ts';
import type { Core } from '../core.ts';
import type { ApiKey, Client } from '../../model/entities.ts';
import type { ApiDirectory } from '../../model/services.ts';

/** A valid key, its client, and what it allows. */
export interface LivingApiKey {
  readonly key: ApiKey;
  readonly client: Client;
  readonly scopes: readonly string[];
}

/** Why a key is not valid. For the log, not for the caller. */
export type ApiKeyFault = 'unknown' | 'revoked' | 'expired' | 'client_inactive' | 'scopes_gone';

export type ApiKeyJudgement =
  | { readonly alive: true; readonly found: LivingApiKey }
  | { readonly alive: false; readonly fault: ApiKeyFault; readonly keyId?: string };

/** Replaces the digest of an unknown key, so that a refusal takes the same time. */
const noDigest = digest('');

/** Reads the store each time, so that a revoked key is invalid at once. Does not check networks. */
export async function judgeApiKey(
  core: Core,
  presented: ApiKeyText,
  now: number,
): Promise<ApiKeyJudgement> {
  const key = await findApiKey(core, presented);
  if (key === undefined) return { alive: false, fault: 'unknown' };
  const dead = (fault: ApiKeyFault) => ({ alive: false, fault, keyId: key.id }) as const;
  if (key.revokedAt !== undefined) return dead('revoked');
  if (!isApiKeyAlive(key, now)) return dead('expired');
  const client = await core.loadClient(key.clientId);
  if (client === undefined || !mayHaveApiKeys(client)) return dead('client_inactive');
  const scopes = usableScopes(key, client, await core.loadApis());
  return scopes.length === 0
    ? dead('scopes_gone')
    : { alive: true, found: { key, client, scopes } };
}

/** The key whose whole text was presented, valid or not. Its id alone proves nothing. */
export async function findApiKey(
  { store }: Pick<Core, 'store'>,
  presented: ApiKeyText,
): Promise<ApiKey | undefined> {
  const key = await store.apiKeys.load(presented.id);
  return equalDigests(presented.digest, key?.digest ?? noDigest) ? key : undefined;
}

/**
 * Whether an API key is neither revoked nor expired. `now` is in seconds since 1970. Does not look
 * at its client.
 */
export function isApiKeyAlive(key: ApiKey, now: number): boolean {
  return key.revokedAt === undefined && (key.expiresAt === undefined || key.expiresAt > now);
}

/** The scopes of the key that its client and its API still have. */
export function usableScopes(key: ApiKey, client: Client, apis: ApiDirectory): readonly string[] {
  return key.scopes.filter(
    (scope) => client.scopes.includes(scope) && apis.ofScope(scope)?.identifier === key.audience,
  );
}
