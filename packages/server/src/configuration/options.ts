/** Maps the names of the configuration file to core's options. */
import type {
  AssertionIssuer,
  AuthorizationServerOptions,
  BackchannelRequestLimits,
  Features,
  PasskeyOptions,
  SecondFactorDemand,
  Terms,
  TierLifetimes,
  TierName,
} from '@keywright/core';
import { toRegistrationOptions } from './dynamic-clients.ts';
import type { DeclaredConfiguration } from './schema.ts';

const lifetimeNames = {
  code_seconds: 'codeSeconds',
  access_token_seconds: 'accessTokenSeconds',
  id_token_seconds: 'idTokenSeconds',
  refresh_idle_seconds: 'refreshIdleSeconds',
  refresh_absolute_seconds: 'refreshAbsoluteSeconds',
  refresh_retry_seconds: 'refreshRetrySeconds',
} as const;

type DeclaredLifetimes = {
  readonly [Name in keyof typeof lifetimeNames]?: number | string | undefined;
};

function toLifetimes(declared: DeclaredLifetimes): Partial<TierLifetimes> {
  const entries = Object.entries(lifetimeNames).map(([name, inner]) => [
    inner,
    declared[name as keyof DeclaredLifetimes],
  ]);
  // The schema accepts exactly one name for each member.
  return Object.fromEntries(
    entries.filter(([, value]) => value !== undefined),
  ) as Partial<TierLifetimes>;
}

function toLifetimesByTier(declared: NonNullable<DeclaredConfiguration['lifetimes']>) {
  const byTier: Partial<Record<TierName, Partial<TierLifetimes>>> = {};
  for (const [tier, lifetimes] of Object.entries(declared)) {
    if (lifetimes !== undefined) byTier[tier as TierName] = toLifetimes(lifetimes);
  }
  return byTier;
}

/** Removes undefined members, so that an absent option keeps its default. */
function present<T extends object>(options: { [Key in keyof T]: T[Key] | undefined }): Partial<T> {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
}

/** The position of core's option in the file: `sessionIdleSeconds` is `sessions.idle_seconds`. */
export function toDeclaredPath(path: string): string {
  const snake = path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return snake.replace(/^session_/, 'sessions.').replace(/^password_acr/, 'sessions.password_acr');
}

/** `pushed_requests` becomes `pushedRequests`. */
function toFeatures(declared: NonNullable<DeclaredConfiguration['features']>): Partial<Features> {
  const entries = Object.entries(declared).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [toCamelCase(name), value]));
}

function toCamelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

type DeclaredIssuer = NonNullable<DeclaredConfiguration['assertion_issuers']>[number];

function toAssertionIssuer({
  jwks_uri: jwksUri,
  issuer,
  subjects,
  ...rest
}: DeclaredIssuer): AssertionIssuer {
  return { issuer, subjects, ...present({ jwksUri, ...rest }) };
}

type DeclaredBackchannel = NonNullable<DeclaredConfiguration['backchannel_requests']>;

function toBackchannelRequests(declared: DeclaredBackchannel): Partial<BackchannelRequestLimits> {
  const {
    waiting_of_client: waitingOfClient,
    waiting_of_account: waitingOfAccount,
    burst,
  } = declared;
  return present<BackchannelRequestLimits>({ waitingOfClient, waitingOfAccount, burst });
}

function toTerms({
  url,
  version,
  required_from: from,
}: NonNullable<DeclaredConfiguration['terms']>): Terms {
  return { url, version, ...(from === undefined ? {} : { requiredFrom: Date.parse(from) / 1000 }) };
}

function toPasskeys({
  rp_id: rpId,
  origins,
  names,
}: NonNullable<DeclaredConfiguration['passkeys']>): PasskeyOptions {
  return present<PasskeyOptions>({ rpId, origins, names });
}

export function toServerOptions(declared: DeclaredConfiguration): AuthorizationServerOptions {
  return {
    issuer: declared.issuer,
    ...present({
      profile: declared.profile,
      keyAlgorithms: declared.keys.algorithms,
      features: declared.features === undefined ? undefined : toFeatures(declared.features),
      dpopNonce: declared.dpop_nonce,
      assertionIssuers: declared.assertion_issuers?.map(toAssertionIssuer),
      lifetimes:
        declared.lifetimes === undefined ? undefined : toLifetimesByTier(declared.lifetimes),
      registration: toRegistrationOptions(declared),
      mutualTlsOrigin: declared.mutual_tls_origin,
      cacheSeconds: declared.cache_seconds,
      interactionSeconds: declared.interaction_seconds,
      sessionIdleSeconds: declared.sessions?.idle_seconds,
      sessionAbsoluteSeconds: declared.sessions?.absolute_seconds,
      passwordAcr: declared.sessions?.password_acr,
      sendsMail: declared.mail !== undefined,
      signUp: declared.sign_up,
      signUpDomains: declared.sign_up_domains,
      terms: declared.terms && toTerms(declared.terms),
      secondFactor:
        declared.second_factor === undefined
          ? undefined
          : present<SecondFactorDemand>(declared.second_factor),
      passkeys: declared.passkeys && toPasskeys(declared.passkeys),
      backchannelRequests:
        declared.backchannel_requests === undefined
          ? undefined
          : toBackchannelRequests(declared.backchannel_requests),
    }),
  };
}
