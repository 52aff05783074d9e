/** The guard of one API without any carrier: verify, decide, challenge. What is in `adapters/` carries it to each framework. */
import { createBatch, createOutbound, type Outbound } from '@keywright/jwt';
import type { RefusalAnswer } from './answer.ts';
import { type ApiAddress, createApiAddress } from './api-address.ts';
import type { createApiKeys } from './api-keys/index.ts';
import { createAuthenticator } from './authenticate.ts';
import type { Caller } from './caller.ts';
import { createCertificates } from './client-certificate.ts';
import { credentialsOf, findCredential, onlyHeaderOf } from './credentials.ts';
import { createDpopNonces } from './dpop-nonces.ts';
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
import { createSingleUse, type SingleUse } from './single-use.ts';
import { createStatusLists } from './status-lists.ts';
import { told } from './told.ts';
import { createWellKnown } from './well-known.ts';

export interface GuardCore {
  /**
   * The caller that a request proves; nothing is taken from its query, and no API key in the clear.
   * @throws GuardRefusal, JwtError (or rejects with them)
   */
  authenticate(presented: Presented, form?: URLSearchParams): Caller | Promise<Caller>;
  /** How to answer an error of `authenticate`. Tells `onRefusal`. */
  refuse(error: unknown, presented?: Presented): RefusalAnswer;
  /**
   * What the API publishes of itself at this path, if anything: its metadata (RFC 9728 §3.1) at
   * `/.well-known/oauth-protected-resource` and the path of its audience, and with `apiKeys` its keys at
   * `/.well-known/jwks.json`. To be answered to GET, without asking who calls.
   */
  wellKnown(path: string): RefusalAnswer | undefined;
  /** A route for a framework of one's own. */
  route<Request, Resource = undefined, Optional extends boolean = false>(
    options: RouteOptions<Request, Resource, Optional>,
  ): Route<Request, Resource, Optional>;
}

/**
 * `makeApiKeys` is `createApiKeys`, where the guard is to know of API keys: given, because they are a seventh of its weight.
 * @throws TypeError for options that cannot be meant, with all of their faults
 */
export function createGuardCore(
  options: GuardOptions,
  makeApiKeys: typeof createApiKeys | undefined,
): GuardCore {
  assertOptions(options, makeApiKeys !== undefined);
  const { parts, wellKnown } = createParts(options, makeApiKeys);
  const anyRoute = { scope: undefined, queryToken: false, apiKeys: parts.hasApiKeys };
  return {
    authenticate(presented, form) {
      const header = onlyHeaderOf(presented, form);
      const known = header === undefined ? undefined : parts.identifier.known(header);
      if (known !== undefined) return known;
      const found = findCredential(credentialsOf(presented, form), anyRoute);
      if (found === undefined) throw new GuardRefusal('token_missing');
      const identified = parts.identifier.identify(found, presented, false, header);
      return identified instanceof Promise ? identified.then((late) => late.caller) : identified.caller;
    },
    refuse: (error, presented) => refuse(parts, error, anyRoute, presented),
    wellKnown,
    route: (routeOptions) => createRoute(parts, routeOptions),
  };
}

/** What all parts of one guard share. */
interface Shared {
  readonly options: GuardOptions;
  readonly address: ApiAddress | undefined;
  readonly uses: SingleUse;
  readonly onFailed: (error: unknown) => void;
  readonly clock: () => number;
  readonly makeApiKeys: typeof createApiKeys | undefined;
}

function createParts(
  options: GuardOptions,
  makeApiKeys: typeof createApiKeys | undefined,
): { readonly parts: RouteParts; readonly wellKnown: GuardCore['wellKnown'] } {
  const { audience, baseUrl, clock = Date.now, dpop, maxFormBytes = 65_536 } = options;
  const { replays = createReplays(clock) } = options;
  const [onRefusal, onFailed] = [told(options.onRefusal), told(options.onFailed)];
  const address = createApiAddress(baseUrl, audience);
  const uses = createSingleUse({ replays, clock, onFailed });
  const shared = { options, address, uses, onFailed, clock, makeApiKeys };
  const { identifier, apiKeys, issuers } = createCredentialParts(shared);
  const wellKnown = createWellKnown({ options, issuers, address, apiKeys });
  const dpopUse = dpop?.required === true ? 'required' : 'taken';
  const challenger = {
    realm: audience,
    resourceMetadata: wellKnown.metadataUrl,
    dpop: address === undefined ? 'none' : dpopUse,
  } as const;
  const hasApiKeys = apiKeys !== undefined;
  const parts = { identifier, challenger, hasApiKeys, maxFormBytes, clock, onRefusal };
  return { parts, wellKnown: (path) => wellKnown.find(path) };
}

interface CredentialParts {
  readonly identifier: Identifier;
  readonly apiKeys: ApiKeys | undefined;
  readonly issuers: readonly string[];
}

function createCredentialParts(shared: Shared): CredentialParts {
  const { options, address, uses, onFailed, clock } = shared;
  const { audience, outbound = createOutbound(), clockToleranceSeconds = 5, cacheEntries = 10_000 } = options;
  const { dpop, status = {} } = options;
  const batch = createBatch();
  const issuers = createIssuers(listIssuers(options), {
    audience,
    outbound,
    clock,
    clockToleranceSeconds,
    onFailed,
  });
  const sender = createSender({
    address,
    uses,
    clock,
    batch,
    findCertificate: createCertificates(options.certificate),
    nonces: dpop?.nonceSecret === undefined ? undefined : createDpopNonces(dpop.nonceSecret, clock),
    dpopRequired: dpop?.required === true,
    bindingRequired: options.senderConstrained === 'required',
  });
  const statusLists = createStatusLists({
    send: outbound.send,
    clock,
    staleSeconds: status.staleSeconds ?? 300,
    onFailed,
  });
  const apiKeys = createKeys(shared, { issuers, outbound });
  const authenticator = createAuthenticator({
    issuers,
    audience,
    clock,
    clockToleranceSeconds,
    cacheEntries,
    batch,
  });
  const identifier = createIdentifier({ authenticator, sender, statusLists, apiKeys });
  return { identifier, apiKeys, issuers: [...issuers.values()].map((one) => one.options.issuer) };
}

interface KeyIssuers {
  readonly issuers: TrustedIssuers;
  readonly outbound: Outbound;
}

/** API keys are of the one issuer that this API is a client of. That there is one, and an address, was checked. */
function createKeys(
  { options: { apiKeys, audience }, address, uses, onFailed, clock, makeApiKeys }: Shared,
  { issuers, outbound }: KeyIssuers,
): ApiKeys | undefined {
  const own = [...issuers.values()].find((one) => one.options.client !== undefined);
  if (apiKeys === undefined || own === undefined || address === undefined) return undefined;
  const { options: issuer, keys } = own;
  const addressOf: ApiAddress['of'] = (presented) => address.of(presented);
  return makeApiKeys?.(apiKeys, { issuer, keys, outbound, clock, audience, uses, addressOf, onFailed });
}
