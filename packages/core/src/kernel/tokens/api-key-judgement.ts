/** Whether a presented API key is worth something now, and what: the one place where the server decides it. */
import { type ApiKeyText, digest, equalDigests } from '@keywright/jwt';
import { mayHaveApiKeys } from '../policy/tiers.ts';
import type { Core } from '../core.ts';
import type { ApiKey, Client } from '../../model/entities.ts';
import type { ApiDirectory } from '../../model/services.ts';

/** A key that may be used, its client, and what it opens. */
export interface LivingApiKey {
  readonly key: ApiKey;
  readonly client: Client;
  readonly scopes: readonly string[];
}

/** Why a key is worth nothing; for the log, not for whoever presented it. */
export type ApiKeyFault = 'unknown' | 'revoked' | 'expired' | 'client_inactive' | 'scopes_gone';

export type ApiKeyJudgement =
  | { readonly alive: true; readonly found: LivingApiKey }
  | { readonly alive: false; readonly fault: ApiKeyFault; readonly keyId?: string };

/** Stands in for an unknown key's digest, so that it takes as long to refuse. */
const noDigest = digest('');

/** Reads the store each time: a key that was revoked is worth nothing from then on. Does not look at networks. */
export async function judgeApiKey(core: Core, presented: ApiKeyText, now: number): Promise<ApiKeyJudgement> {
  const key = await findApiKey(core, presented);
  if (key === undefined) return { alive: false, fault: 'unknown' };
  const dead = (fault: ApiKeyFault) => ({ alive: false, fault, keyId: key.id }) as const;
  if (key.revokedAt !== undefined) return dead('revoked');
  if (!isApiKeyAlive(key, now)) return dead('expired');
  const client = await core.loadClient(key.clientId);
  if (client === undefined || !mayHaveApiKeys(client)) return dead('client_inactive');
  const scopes = usableScopes(key, client, await core.loadApis());
  return scopes.length === 0 ? dead('scopes_gone') : { alive: true, found: { key, client, scopes } };
}

/** The key whose whole text was presented, dead or alive: its id alone proves nothing. */
export async function findApiKey(
  { store }: Pick<Core, 'store'>,
  presented: ApiKeyText,
): Promise<ApiKey | undefined> {
  const key = await store.apiKeys.load(presented.id);
  return equalDigests(presented.digest, key?.digest ?? noDigest) ? key : undefined;
}

export function isApiKeyAlive(key: ApiKey, now: number): boolean {
  return key.revokedAt === undefined && (key.expiresAt === undefined || key.expiresAt > now);
}

/** Of the key's scopes, those that its client and its API still have: what was narrowed since is narrowed for its keys. */
export function usableScopes(key: ApiKey, client: Client, apis: ApiDirectory): readonly string[] {
  return key.scopes.filter(
    (scope) => client.scopes.includes(scope) && apis.ofScope(scope)?.identifier === key.audience,
  );
}
