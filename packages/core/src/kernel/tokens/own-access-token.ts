/**
 * Checks an access token of this server, for userinfo and introspection: signature and claims, then
 * whether its parent is active.
 */
import {
  anyAudience,
  BoundedMap,
  digest,
  type JsonObject,
  JwtError,
  type KeySet,
  verifyJwt,
} from '@keywright/jwt';
import { accountIdOf } from '../accounts/subject.ts';
import { isApiKeyAlive } from './api-key-judgement.ts';
import type { Core } from '../core.ts';
import type { Account, Client } from '../../model/entities.ts';
import type { Confirmation } from '../../model/terms.ts';
import { isOpaqueToken, loadOpaqueToken } from './opaque-token.ts';
import type { TokenVerifier, OwnAccessToken } from '../../model/services.ts';
import { isIdOf, parseTokenParent, parseTokenId } from '../../model/token-id.ts';

const maxCached = 10_000;

/**
 * Verifies a signature once, and caches the digests of valid tokens until they expire or the key
 * set changes.
 */
export function createTokenVerifier(issuer: string): TokenVerifier {
  let cache = new BoundedMap<string, OwnAccessToken>(maxCached);
  let cachedKeys: KeySet | undefined;
  return (token, keys, now) => {
    if (keys !== cachedKeys) cache = new BoundedMap(maxCached);
    cachedKeys = keys;
    const key = digest(token);
    const known = cache.get(key);
    if (known !== undefined && known.exp > now) return known;
    const { claims } = verifyJwt(token, {
      keys,
      typ: 'at+jwt',
      issuer,
      // It is a token of this server. The endpoint decides whether the API of the token matters.
      audience: anyAudience,
      nowSeconds: now,
    });
    const verified = assertClaims(claims);
    cache.set(key, verified);
    return verified;
  };
}

/**
 * The claims of a token: from the token itself, without waiting, or from the store. Throws (or
 * rejects with) JwtError.
 */
export function readOwnToken(
  core: Core,
  token: string,
  keys: KeySet,
  now: number,
): OwnAccessToken | Promise<OwnAccessToken> {
  return isOpaqueToken(token)
    ? loadOpaqueToken(core, token, now)
    : core.verifyToken(token, keys, now);
}

/**
 * RFC 9068 §2.2 requires all of these, and this server always writes them. Other objects signed by
 * the same key are not access tokens.
 */
function assertClaims(claims: JsonObject): OwnAccessToken {
  const texts = [claims['sub'], claims['aud'], claims['client_id'], claims['jti'], claims['scope']];
  if (!texts.every((text) => typeof text === 'string') || typeof claims['iat'] !== 'number')
    throw new JwtError('token_malformed', 'a claim of another type');
  if (claims['cnf'] !== undefined && !isConfirmation(claims['cnf']))
    throw new JwtError('token_malformed', 'cnf has an unsupported kind');
  return claims as unknown as OwnAccessToken;
}

/**
 * RFC 7800 §3.1: an unknown confirmation is refused. Otherwise the token would count as not bound.
 */
function isConfirmation(cnf: unknown): cnf is Confirmation {
  if (typeof cnf !== 'object' || cnf === null) return false;
  const { jkt, 'x5t#S256': certificate } = cnf as { jkt?: unknown; 'x5t#S256'?: unknown };
  return typeof jkt === 'string' || typeof certificate === 'string';
}

/**
 * Whether what the token was issued for has not ended: its client, and its family or consent with
 * its account, or its API key.
 */
export async function isTokenAlive(core: Core, token: OwnAccessToken): Promise<boolean> {
  const client = await core.loadClient(token.client_id);
  if (client === undefined || isOfBefore(core, client, token)) return false;
  const { parent } = parseTokenId(token.jti);
  if (parent === undefined) return true;
  const { kind, id } = parseTokenParent(parent);
  if (kind === 'family') return core.store.families.isAlive(id);
  if (kind === 'apiKey') return isKeyAlive(core, id);
  if (kind === 'grant') return (await loadHolder(core, token)) !== undefined;
  // The token was exchanged for a token of a service itself (RFC 8693). It ends with that service.
  const service = await core.loadClient(id);
  return service !== undefined && !isOfBefore(core, service, token);
}

/**
 * Tokens from before a client was disabled and enabled again. A node may have issued them until it
 * learned of the end.
 */
function isOfBefore(
  { options }: Core,
  { tokensEndedAt }: Client,
  { iat }: OwnAccessToken,
): boolean {
  return tokensEndedAt !== undefined && iat <= tokensEndedAt + options.cacheSeconds;
}

async function isKeyAlive(core: Core, keyId: string): Promise<boolean> {
  const key = await core.store.apiKeys.load(keyId);
  return key !== undefined && isApiKeyAlive(key, core.clock.nowSeconds());
}

/** The active account of the token, if what the token was issued for has not ended. */
export async function loadHolder(core: Core, token: OwnAccessToken): Promise<Account | undefined> {
  const client = await core.loadClient(token.client_id);
  return client === undefined ? undefined : loadHolderOf(core, client, token);
}

/** The same, if the client of the token was loaded before. */
export async function loadHolderOf(
  core: Core,
  client: Client,
  token: OwnAccessToken,
): Promise<Account | undefined> {
  if (isOfBefore(core, client, token)) return undefined;
  const { parent } = parseTokenId(token.jti);
  if (parent !== undefined && isIdOf('family', parent))
    return core.store.accounts.loadByFamily(parent);
  const account = await core.store.accounts.load(accountIdOf(core, client, token));
  if (account?.status !== 'active') return undefined;
  if (parent === undefined) return account;
  const grant = await core.store.grants.load(account.id, client.id);
  return grant?.id === parent ? account : undefined;
}
