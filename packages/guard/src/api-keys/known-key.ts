/**
 * An API key as its issuer describes it: in the manifest (docs/api-keys.md §6) or by introspection
 * (§7).
 */
import { createNetworks, isName, isTime, type JsonObject, type Networks } from '@keywright/jwt';
import { type Caller, createCaller } from '../caller.ts';

export interface KnownKey {
  readonly id: string;
  /** SHA-256 of the whole key, base64url. */
  readonly digest: string;
  readonly caller: Caller;
  /** In milliseconds. Infinity for a key without an end. */
  readonly endsAt: number;
  /** Undefined: any network. An empty list: no network. */
  readonly networks: Networks | undefined;
}

export interface KeyOrigin {
  readonly issuer: string;
  readonly audience: string;
}

/**
 * Undefined for an incomplete description: a missing or misspelled member (a network, an end) may
 * be what forbids the use. Unknown members are ignored.
 */
export function readKnownKey(entry: JsonObject, origin: KeyOrigin): KnownKey | undefined {
  const { id, sha256, client_id: clientId, env, scope, exp, networks } = entry;
  if (
    !isName(id) ||
    !isName(sha256) ||
    !isName(clientId) ||
    !isName(env) ||
    typeof scope !== 'string'
  ) {
    return undefined;
  }
  if (exp !== undefined && !isTime(exp)) return undefined;
  try {
    return {
      id,
      digest: sha256,
      caller: callerOf({ id, clientId, env, scope, exp }, origin),
      endsAt: exp === undefined ? Number.POSITIVE_INFINITY : exp * 1000,
      networks: networks === undefined ? undefined : createNetworks(networks as readonly string[]),
    };
  } catch {
    return undefined;
  }
}

interface Described {
  readonly id: string;
  readonly clientId: string;
  readonly env: string;
  readonly scope: string;
  readonly exp: number | undefined;
}

/**
 * The same claims for both ways of lookup: the claims of a token of this client, and `environment`.
 */
function callerOf(
  { id, clientId, env, scope, exp }: Described,
  { issuer, audience }: KeyOrigin,
): Caller {
  const claims = {
    iss: issuer,
    sub: clientId,
    aud: audience,
    client_id: clientId,
    scope,
    jti: id,
    environment: env,
    ...(exp === undefined ? {} : { exp }),
  };
  // A key belongs to a service, which calls for itself.
  const who = { credential: 'api_key', issuer, subject: clientId, clientId } as const;
  return createCaller({ ...who, scope, claims, tokenId: id });
}
