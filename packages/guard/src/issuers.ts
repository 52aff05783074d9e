/** The trusted issuers. A token is checked only by the rules of the one issuer that it names. */
import type { Outbound, RemoteKeySet } from '@keywright/jwt';
import { createIntrospector, type Introspector } from './introspection.ts';
import { createIssuerKeys } from './issuer-keys.ts';
import { createIssuerMetadata } from './issuer-metadata.ts';
import type { GuardOptions, IssuerOptions } from './options.ts';
import { untypedTokenTypes } from './untyped-token.ts';

export interface TrustedIssuer {
  readonly options: IssuerOptions;
  readonly keys: RemoteKeySet;
  /** The allowed `typ` of its access tokens. */
  readonly types: string | readonly string[];
  readonly introspector: Introspector | undefined;
}

export type TrustedIssuers = ReadonlyMap<unknown, TrustedIssuer>;

export interface IssuerParts {
  readonly audience: string;
  readonly outbound: Outbound;
  readonly clock: () => number;
  readonly clockToleranceSeconds: number;
  readonly onFailed: (error: unknown) => void;
}

/** RFC 9068 §4: another `typ` is no access token. */
export const accessTokenType = 'at+jwt';

/** The issuers of the options, each with all its options. */
export function listIssuers({ issuer, keys }: GuardOptions): readonly IssuerOptions[] {
  const listed = typeof issuer === 'string' || !isList(issuer) ? [issuer] : issuer;
  return listed.map((one) => {
    if (typeof one !== 'string') return one;
    return keys === undefined ? { issuer: one } : { issuer: one, keys };
  });
}

function isList(value: IssuerOptions | readonly unknown[]): value is readonly unknown[] {
  return Array.isArray(value);
}

/** By issuer identifier, which is unique and compared as a whole string. */
export function createIssuers(
  issuers: readonly IssuerOptions[],
  parts: IssuerParts,
): TrustedIssuers {
  return new Map(issuers.map((options) => [options.issuer, createIssuer(options, parts)]));
}

function createIssuer(options: IssuerOptions, parts: IssuerParts): TrustedIssuer {
  const { outbound, clock, onFailed } = parts;
  const metadata = createIssuerMetadata(options.issuer, outbound.fetchJson);
  const keys = createIssuerKeys({
    keys: options.keys,
    staleSeconds: options.keysStaleSeconds,
    metadata,
    fetch: outbound.fetchJson,
    clock,
    onFailed,
  });
  const types =
    options.dangerouslyAllowUntypedTokens === true ? untypedTokenTypes : accessTokenType;
  const { introspect = false, client } = options;
  if (introspect === false || client === undefined)
    return { options, keys, types, introspector: undefined };
  const introspection = { ...parts, ...(introspect === true ? {} : introspect) };
  const introspector = createIntrospector({
    ...introspection,
    issuer: options.issuer,
    client,
    metadata,
    keys,
    send: outbound.send,
  });
  return { options, keys, types, introspector };
}
