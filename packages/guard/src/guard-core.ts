/**
 * The guard of one API, independent of frameworks: verify, decide, challenge. The files in
 * `adapters/` connect it with each framework.
 */
import { createHmac } from 'node:crypto';
import { createBatch, createDpopNonces, createOutbound } from '@keywright/jwt';
import type { RefusalAnswer } from './answer.ts';
import { createApiAddress } from './api-address.ts';
import type { createApiKeys } from './api-keys/index.ts';
import { createAuthenticator } from './authenticate.ts';
import type { Caller } from './caller.ts';
import { createCertificates } from './client-certificate.ts';
import { findCredential, type Taken } from './credentials.ts';
import { GuardRefusal } from './guard-refusal.ts';
import { createIdentifier, type Identifier } from './identify.ts';
import { createIssuers, listIssuers, type TrustedIssuers } from './issuers.ts';
import { assertOptions } from './option-faults.ts';
import type { GuardOptions } from './options.ts';
import type { ApiKeys } from './parts.ts';
import type { Presented } from './presented.ts';
import { createRoute, refuse, type RouteParts } from './protected-route.ts';
import { createReplays } from './replays.ts';
import type { Route, RouteOptions } from './route.ts';
import { createSender } from './sender.ts';
import { createSingleUse } from './single-use.ts';
import { createStatusLists } from './status-lists.ts';
import { safeListener } from './safe-listener.ts';
import { createVerifiedTokens } from './verified-tokens.ts';
import { createWellKnown } from './well-known.ts';

/** What every guard can do, on every framework. */
export interface GuardCore {
  /**
   * The caller that a request proves. Takes no token from the query, and no plain API key.
   * @throws GuardRefusal, JwtError (or rejects with them)
   */
  authenticate(presented: Presented, form?: URLSearchParams): Caller | Promise<Caller>;
  /** The answer for an error of `authenticate`. Calls `onRefusal`. */
  refuse(error: unknown, presented?: Presented): RefusalAnswer;
  /**
   * The document that the API publishes at this path, if there is one: its metadata (RFC 9728 §3.1)
   * at `/.well-known/oauth-protected-resource` and the path of its audience, and with `apiKeys` its
   * keys at `/.well-known/jwks.json`. Answer it to GET, without authentication.
   */
  wellKnown(path: string): RefusalAnswer | undefined;
  /** A route for your own framework. */
  route<Request, Resource = undefined, Optional extends boolean = false>(
    options: RouteOptions<Request, Resource, Optional>,
  ): Route<Request, Resource, Optional>;
}

/**
 * `makeApiKeys` is `createApiKeys` if the guard supports API keys. It is a parameter, because API
 * keys are a seventh of the guard's size.
 * @throws TypeError for invalid options, with all of their faults
 */
export function createGuardCore(
  options: GuardOptions,
  makeApiKeys: typeof createApiKeys | undefined,
): GuardCore {
  assertOptions(options, makeApiKeys !== undefined);
  const shared = createShared(options);
  const issuers = createIssuers(listIssuers(options), shared);
  const apiKeys = makeApiKeys && createKeys(options, shared, issuers, makeApiKeys);
  const wellKnown = createWellKnown({ options, issuers, address: shared.address, apiKeys });
  const dpop = options.dpop?.required === true ? 'required' : 'taken';
  const parts: RouteParts = {
    identifier: createIdentification(options, shared, issuers, apiKeys),
    challenger: {
      realm: options.audience,
      resourceMetadata: wellKnown.metadataUrl,
      dpop: shared.address === undefined ? 'none' : dpop,
    },
    hasApiKeys: apiKeys !== undefined,
    maxFormBytes: options.maxFormBytes ?? 65_536,
    clock: shared.clock,
    onRefusal: safeListener(options.onRefusal),
  };
  const anyRoute = { scope: undefined, queryToken: false, apiKeys: parts.hasApiKeys };
  const { identifier } = parts;
  return {
    authenticate: (presented, form) =>
      identifier.known(presented, form) ?? authenticate(identifier, anyRoute, presented, form),
    refuse: (error, presented) => refuse(parts, error, anyRoute, presented),
    wellKnown: (path) => wellKnown.find(path),
    route: (routeOptions) => createRoute(parts, routeOptions),
  };
}

function authenticate(
  identifier: Identifier,
  taken: Taken,
  presented: Presented,
  form: URLSearchParams | undefined,
): Promise<Caller> {
  const found = findCredential(presented, form, taken);
  if (found === undefined) throw new GuardRefusal('token_missing');
  return identifier.identify(found, presented, false).then(({ caller }) => caller);
}

/** Objects that several parts of one guard use. */
function createShared(options: GuardOptions) {
  const { audience, baseUrl, clock = Date.now, clockToleranceSeconds = 5 } = options;
  const { outbound = createOutbound(), replays = createReplays(clock) } = options;
  const onFailed = safeListener(options.onFailed);
  const address = createApiAddress(baseUrl, audience);
  const uses = createSingleUse({ replays, clock, onFailed });
  const batch = createBatch();
  return { audience, clock, clockToleranceSeconds, outbound, onFailed, address, uses, batch };
}

type Shared = ReturnType<typeof createShared>;

function createIdentification(
  { dpop, status, certificate, senderConstrained, cacheEntries = 10_000 }: GuardOptions,
  shared: Shared,
  issuers: TrustedIssuers,
  apiKeys: ApiKeys | undefined,
): Identifier {
  const { clock, outbound } = shared;
  const tokens = createVerifiedTokens(cacheEntries);
  return createIdentifier({
    tokens,
    authenticate: createAuthenticator({ ...shared, issuers, tokens }),
    assertSender: createSender({
      ...shared,
      findCertificate: createCertificates(certificate),
      nonces: createNonces(dpop?.nonceSecret),
      dpopRequired: dpop?.required === true,
      bindingRequired: senderConstrained === 'required',
    }),
    statusLists: createStatusLists({
      ...shared,
      send: outbound.send,
      staleSeconds: status?.staleSeconds ?? 300,
    }),
    apiKeys,
    clock,
  });
}

function createNonces(secret: string | Uint8Array | undefined) {
  if (secret === undefined) return undefined;
  return createDpopNonces((text) => [
    createHmac('sha256', secret).update(text).digest('base64url'),
  ]);
}

/**
 * API keys belong to the one issuer that this API is a client of. Its options are already checked.
 */
function createKeys(
  { apiKeys }: GuardOptions,
  shared: Shared,
  issuers: TrustedIssuers,
  makeApiKeys: typeof createApiKeys,
): ApiKeys | undefined {
  const own = [...issuers.values()].find((one) => one.options.client !== undefined);
  const { address } = shared;
  if (apiKeys === undefined || own === undefined || address === undefined) return undefined;
  const { options: issuer, keys } = own;
  return makeApiKeys(apiKeys, {
    ...shared,
    issuer,
    keys,
    addressOf: (presented) => address.of(presented),
  });
}
