/**
 * The trust tiers: what a client of a kind and trust may do. Only this table allows and forbids,
 * and every other file asks it. The registration of a client can only narrow what its tier allows.
 */
import type { Client, ClientKind, ClientTrust } from '../../model/entities.ts';
import {
  grants,
  grantsWith,
  type GrantType,
  type TierName,
  tierNames,
} from '../../model/features.ts';
import type { Policy } from './policy.ts';

/** The lifetimes of what is issued to clients of a tier, in seconds. */
export interface TierLifetimes {
  readonly codeSeconds: number;
  readonly accessTokenSeconds: number;
  readonly idTokenSeconds: number;
  /** An unused refresh token expires after this time. Each use starts it again. */
  readonly refreshIdleSeconds: number;
  /**
   * The absolute lifetime of a refresh token family. `never`: a family that is used does not
   * expire.
   */
  readonly refreshAbsoluteSeconds: number | 'never';
  /**
   * How long after its use a refresh token may be sent again by an honest retry. `until_used`:
   * until its successor is used, for a client that authenticates or has bound the token to a key.
   */
  readonly refreshRetrySeconds: number | 'until_used';
}

/** What clients of some kinds and trusts may have. */
export interface Tier {
  readonly title: string;
  readonly kinds: readonly ClientKind[];
  readonly trusts: readonly ClientTrust[];
  /** On if the registration names no grants. */
  readonly grants: readonly GrantType[];
  /** Off until it is switched on for one client. */
  readonly grantsByChoice: readonly GrantType[];
  /**
   * Whether an administrator may issue API keys for its clients. Never automatic: each key needs a
   * command.
   */
  readonly apiKeys: boolean;
  /** `skip`: never asked. `remembered`: asked for new access. `every-time`: always asked. */
  readonly consent: 'skip' | 'remembered' | 'every-time';
  /** The largest set of scopes of a client of the tier. Absent: any declared scope. */
  readonly scopeCeiling?: readonly string[];
  readonly lifetimes: TierLifetimes;
}

const day = 86_400;
export const usualRetrySeconds = 60;
const lifetimes = {
  codeSeconds: 60,
  accessTokenSeconds: 600,
  idTokenSeconds: 600,
  refreshIdleSeconds: 30 * day,
  refreshAbsoluteSeconds: 365 * day,
  refreshRetrySeconds: usualRetrySeconds,
} satisfies TierLifetimes;

/** Everything except the grants. Each feature declares its own grant (`model/features.ts`). */
const rules: Readonly<Record<TierName, Omit<Tier, 'grants' | 'grantsByChoice'>>> = {
  first_party_app: {
    title: 'first-party web or native application (highly trusted)',
    kinds: ['web', 'native'],
    trusts: ['first-party'],
    apiKeys: false,
    consent: 'skip',
    lifetimes,
  },
  third_party_app: {
    title: 'third-party web or native application (less trusted)',
    kinds: ['web', 'native'],
    trusts: ['third-party'],
    apiKeys: false,
    consent: 'remembered',
    lifetimes,
  },
  first_party_browser_app: {
    title: 'first-party single-page application',
    kinds: ['browser'],
    trusts: ['first-party'],
    apiKeys: false,
    consent: 'skip',
    lifetimes,
  },
  third_party_browser_app: {
    title: 'third-party single-page application',
    kinds: ['browser'],
    trusts: ['third-party'],
    apiKeys: false,
    consent: 'remembered',
    lifetimes,
  },
  service: {
    title: 'service without a user',
    kinds: ['service'],
    trusts: ['first-party', 'third-party'],
    apiKeys: true,
    consent: 'skip',
    lifetimes,
  },
  unverified_app: {
    title: 'unverified application (nobody has reviewed it)',
    kinds: ['web', 'native', 'browser'],
    trusts: ['unverified'],
    apiKeys: false,
    consent: 'every-time',
    scopeCeiling: ['openid', 'profile', 'email', 'offline_access'],
    lifetimes: { ...lifetimes, refreshIdleSeconds: 7 * day, refreshAbsoluteSeconds: 90 * day },
  },
};

/** The tiers. Only a tier allows grants, scopes, lifetimes and consent rules to a client. */
export const tiers = Object.fromEntries(
  tierNames.map((name) => [
    name,
    {
      ...rules[name],
      grants: grantsWith(({ tiers }) => tiers.includes(name)),
      grantsByChoice: grantsWith(({ tiersByName }) => tiersByName.includes(name)),
    },
  ]),
) as unknown as Readonly<Record<TierName, Tier>>;

export interface KindRules {
  /** Whether a client of this kind can keep a secret, and so must have one (RFC 6749 §2.1). */
  readonly confidential: boolean;
  /**
   * `https`: https, or http on a loopback host. `native`: also private-use schemes and loopback
   * with any port (RFC 8252 §7).
   */
  readonly redirects: 'https' | 'native' | 'none';
}

export const kindRules: Readonly<Record<ClientKind, KindRules>> = {
  web: { confidential: true, redirects: 'https' },
  browser: { confidential: false, redirects: 'https' },
  native: { confidential: false, redirects: 'native' },
  service: { confidential: true, redirects: 'none' },
};

/** The tier of a kind and trust. Undefined for an unverified service, which has no tier. */
export function tierNameOf(client: {
  readonly kind: ClientKind;
  readonly trust: ClientTrust;
}): TierName | undefined {
  return tierNames.find(
    (name) => tiers[name].kinds.includes(client.kind) && tiers[name].trusts.includes(client.trust),
  );
}

/** The lifetimes of its tier, with the changes for this client. */
export function withOwnLifetimes(
  lifetimes: TierLifetimes,
  { settings }: Pick<Client, 'settings'>,
): TierLifetimes {
  const { refreshAbsoluteSeconds = lifetimes.refreshAbsoluteSeconds } = settings ?? {};
  const { refreshRetrySeconds = lifetimes.refreshRetrySeconds } = settings ?? {};
  const isOwn =
    refreshAbsoluteSeconds !== lifetimes.refreshAbsoluteSeconds ||
    refreshRetrySeconds !== lifetimes.refreshRetrySeconds;
  return isOwn ? { ...lifetimes, refreshAbsoluteSeconds, refreshRetrySeconds } : lifetimes;
}

/** Whether the grant was registered for this client and its tier allows it today. */
export function mayUseGrant(client: Client, grant: GrantType): boolean {
  return client.grantTypes.includes(grant) && tierAllows(client, grant);
}

/**
 * Whether the client may use the grant with its policy. The tier decides. The policy may refuse it,
 * or allow it for a test bench.
 */
export function mayUseUnder(policy: Policy, client: Client, grant: GrantType): boolean {
  if (policy.grantsRefused.includes(grant) || !client.grantTypes.includes(grant)) return false;
  return tierAllows(client, grant) || opens(policy, client, grant);
}

/** A grant that only a policy allows is never for a client without a user. */
export function opens(policy: Policy, { kind }: Pick<Client, 'kind'>, grant: GrantType): boolean {
  return kind !== 'service' && policy.grantsOpened.includes(grant);
}

/** Whether the tier allows the grant at all, by default or by choice. */
export function tierAllows(
  client: { readonly kind: ClientKind; readonly trust: ClientTrust },
  grant: GrantType,
): boolean {
  const name = tierNameOf(client);
  const isPublic = !kindRules[client.kind].confidential;
  if (name === undefined || (isPublic && grants[grant].clients === 'confidential')) return false;
  return tiers[name].grants.includes(grant) || tiers[name].grantsByChoice.includes(grant);
}

/** Whether the tier lets an administrator issue API keys for this client. */
export function mayHaveApiKeys(client: {
  readonly kind: ClientKind;
  readonly trust: ClientTrust;
}): boolean {
  const name = tierNameOf(client);
  return name !== undefined && tiers[name].apiKeys;
}

/**
 * Whether the client may ever have scopes of the API of the server: only without a user and for a
 * reviewed client.
 */
export function mayAdminister(client: {
  readonly kind: ClientKind;
  readonly trust: ClientTrust;
}): boolean {
  return client.kind === 'service' && client.trust === 'first-party';
}
