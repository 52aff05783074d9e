/** Judging an access token of our own, at userinfo and introspection: signature and claims, then whether its origin lives. */
import { digest, type JsonObject, JwtError, type KeySet, verifyJwt } from '@keywright/jwt';
import { isApiKeyAlive } from '../api-keys/judgement.ts';
import type { Core } from '../core.ts';
import { type Account, idPrefixes } from '../model.ts';
import type { AuthorizationDetail, Confirmation } from '../terms.ts';
import { originOfToken } from './access-token.ts';

export interface OwnAccessToken {
  readonly iss: string;
  readonly sub: string;
  readonly aud: string;
  readonly client_id: string;
  readonly iat: number;
  readonly exp: number;
  readonly jti: string;
  readonly scope: string;
  readonly auth_time?: number;
  readonly cnf?: Confirmation;
  readonly authorization_details?: readonly AuthorizationDetail[];
}

const maxCached = 10_000;

export type TokenVerifier = (token: string, keys: KeySet, now: number) => OwnAccessToken;

/** Verifies by signature once, and remembers the digests of good tokens until they expire or the key set changes. */
export function createTokenVerifier(issuer: string): TokenVerifier {
  const cache = new Map<string, OwnAccessToken>();
  let cachedKeys: KeySet | undefined;
  return (token, keys, now) => {
    if (keys !== cachedKeys) cache.clear();
    cachedKeys = keys;
    const key = digest(token);
    const known = cache.get(key);
    if (known !== undefined && known.exp > now) return known;
    const { claims } = verifyJwt(token, { keys, typ: 'at+jwt', issuer, nowSeconds: now });
    const verified = assertClaims(claims);
    if (cache.size >= maxCached) cache.delete(cache.keys().next().value as string);
    cache.set(key, verified);
    return verified;
  };
}

/** RFC 9068 §2.2 requires all of these, and we always write them; what else our key may have signed is no access token. */
function assertClaims(claims: JsonObject): OwnAccessToken {
  const texts = [claims['sub'], claims['aud'], claims['client_id'], claims['jti'], claims['scope']];
  if (!texts.every((text) => typeof text === 'string') || typeof claims['iat'] !== 'number')
    throw new JwtError('token_malformed', 'a claim of another type');
  return claims as unknown as OwnAccessToken;
}

/** Whether what the token was issued for still stands: its client, and its family or grant with its account, or its API key. */
export async function isTokenAlive(core: Core, token: OwnAccessToken): Promise<boolean> {
  if ((await core.loadClient(token.client_id)) === undefined) return false;
  const origin = originOfToken(token.jti);
  if (origin === undefined) return true;
  if (origin.startsWith(idPrefixes.family)) return core.store.families.isAlive(origin);
  if (origin.startsWith(idPrefixes.apiKey)) return isKeyAlive(core, origin);
  return (await loadHolder(core, token)) !== undefined;
}

async function isKeyAlive(core: Core, origin: string): Promise<boolean> {
  const key = await core.store.apiKeys.load(origin.slice(idPrefixes.apiKey.length));
  return key !== undefined && isApiKeyAlive(key, core.clock.nowSeconds());
}

/** The active account that the token speaks for, as long as what it was issued for stands. */
export async function loadHolder(core: Core, token: OwnAccessToken): Promise<Account | undefined> {
  if ((await core.loadClient(token.client_id)) === undefined) return undefined;
  const origin = originOfToken(token.jti);
  if (origin?.startsWith(idPrefixes.family)) return core.store.accounts.loadByFamily(origin);
  const account = await core.store.accounts.load(token.sub);
  if (account?.status !== 'active') return undefined;
  return origin === undefined || (await isGrantAlive(core, token, origin)) ? account : undefined;
}

async function isGrantAlive(core: Core, token: OwnAccessToken, grantId: string): Promise<boolean> {
  return (await core.store.grants.load(token.sub, token.client_id))?.id === grantId;
}
