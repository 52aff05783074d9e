import { type ConfigProblem, ConfigError } from './errors.ts';
import { type Features, featureNames } from './policy/features.ts';
import { type Policy, strictest } from './policy/policy.ts';
import { type ProfileName, profileNames, profiles, resolveFeatures } from './policy/profiles.ts';
import { type TierLifetimes, type TierName, tierNames, tiers } from './clients/tiers.ts';

export interface AuthorizationServerOptions {
  /** The issuer identifier: an origin, with a path if the server lives below one, without a trailing slash. */
  readonly issuer: string;
  /** A published profile: sets and locks all that it demands. Default `default`. */
  readonly profile?: ProfileName;
  /** Extensions to switch on or off. Throws ConfigError against what the profile locks. */
  readonly features?: Partial<Features>;
  /** Changes to the lifetimes of a tier. */
  readonly lifetimes?: Partial<Record<TierName, Partial<TierLifetimes>>>;
  /** How long clients, APIs and keys may be remembered before the store is asked again. Default 5, at most 5. */
  readonly cacheSeconds?: number;
  /** How long a session at the pages lasts without use. Default 7 days. */
  readonly sessionIdleSeconds?: number;
  /** How long a session at the pages lasts at most. Default 30 days. */
  readonly sessionAbsoluteSeconds?: number;
  /** How long a person may take between the application's link and the answer. Default 30 minutes. */
  readonly interactionSeconds?: number;
}

export interface ResolvedOptions {
  readonly issuer: string;
  /** Scheme, host and port of the issuer. */
  readonly origin: string;
  /** Path of the issuer, '' at the root. */
  readonly basePath: string;
  readonly secure: boolean;
  readonly profile: ProfileName;
  readonly features: Features;
  /** What is demanded of a client that is held to this profile beside the server's own. */
  readonly policies: Readonly<Record<ProfileName, Policy>>;
  readonly lifetimes: Readonly<Record<TierName, TierLifetimes>>;
  readonly cacheSeconds: number;
  readonly sessionIdleSeconds: number;
  readonly sessionAbsoluteSeconds: number;
  readonly interactionSeconds: number;
}

const day = 86_400;

/** Completes and checks the options. Throws ConfigError with every problem at once. */
export function resolveOptions(options: AuthorizationServerOptions): ResolvedOptions {
  const problems: ConfigProblem[] = [];
  const issuer = checkIssuer(options.issuer, problems);
  const lifetimes = resolveLifetimes(options.lifetimes, problems);
  const cacheSeconds = bounded('cacheSeconds', options.cacheSeconds ?? 5, 0, 5, problems);
  const sessionIdleSeconds = bounded(
    'sessionIdleSeconds',
    options.sessionIdleSeconds ?? 7 * day,
    60,
    365 * day,
    problems,
  );
  const sessionAbsoluteSeconds = bounded(
    'sessionAbsoluteSeconds',
    options.sessionAbsoluteSeconds ?? 30 * day,
    60,
    365 * day,
    problems,
  );
  const interactionSeconds = bounded(
    'interactionSeconds',
    options.interactionSeconds ?? 1800,
    60,
    day,
    problems,
  );
  const profile = options.profile ?? 'default';
  const features = checkFeatures(profile, options.features, problems);
  if (problems.length > 0 || issuer === undefined) throw new ConfigError(problems);
  return {
    issuer: options.issuer,
    origin: issuer.origin,
    basePath: issuer.pathname === '/' ? '' : issuer.pathname,
    secure: issuer.protocol === 'https:',
    profile,
    features,
    policies: policiesUnder(profile),
    lifetimes,
    cacheSeconds,
    sessionIdleSeconds,
    sessionAbsoluteSeconds,
    interactionSeconds,
  };
}

/** Every contradiction between the profile and what was asked for. */
function checkFeatures(
  profile: ProfileName,
  wanted: Partial<Features> | undefined,
  problems: ConfigProblem[],
): Features {
  if (!profileNames.includes(profile)) {
    problems.push({ path: 'profile', message: `must be one of ${profileNames.join(', ')}` });
    return resolveFeatures('default').features;
  }
  const { features, refused } = resolveFeatures(profile, wanted);
  for (const name of refused)
    problems.push({
      path: `features.${name}`,
      message: `is ${String(features[name])} in the profile ${profile}: leave it out, or choose another profile`,
    });
  for (const name of Object.keys(wanted ?? {}))
    if (!(featureNames as readonly string[]).includes(name))
      problems.push({ path: `features.${name}`, message: 'is no feature' });
  if (profiles[profile].policy.senderConstraintRequired && !features.dpop && !features.mutualTls)
    problems.push({
      path: 'features',
      message: `${profile} needs dpop or mutualTls: its tokens are bound to a key`,
    });
  return features;
}

function policiesUnder(profile: ProfileName): Record<ProfileName, Policy> {
  const own = profiles[profile].policy;
  const under = profileNames.map((name) => [
    name,
    name === profile ? own : strictest(own, profiles[name].policy),
  ]);
  // What every client is held to: `default` asks for nothing beyond the server's own.
  return { ...(Object.fromEntries(under) as Record<ProfileName, Policy>), default: own };
}

/** RFC 8414 §2: an https URL without query or fragment; http only where nothing leaves the machine. */
function checkIssuer(issuer: string, problems: ConfigProblem[]): URL | undefined {
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined;
  const say = (message: string) => void problems.push({ path: 'issuer', message });
  if (url === undefined || !['https:', 'http:'].includes(url.protocol)) {
    say('must be an https URL');
    return undefined;
  }
  if (issuer.endsWith('/')) say('must not end with a slash');
  else if (url.href.replace(/\/$/, '') !== issuer)
    say(`must be written in its canonical form, ${url.href.replace(/\/$/, '')}`);
  if (url.search !== '' || url.hash !== '' || url.username !== '')
    say('must have no query, fragment or user');
  return url;
}

function resolveLifetimes(
  changes: AuthorizationServerOptions['lifetimes'],
  problems: ConfigProblem[],
): Record<TierName, TierLifetimes> {
  const resolved = {} as Record<TierName, TierLifetimes>;
  for (const name of tierNames) {
    const lifetimes = { ...tiers[name].lifetimes, ...changes?.[name] };
    checkLifetimes(`lifetimes.${name}`, lifetimes, problems);
    resolved[name] = lifetimes;
  }
  return resolved;
}

function checkLifetimes(path: string, lifetimes: TierLifetimes, problems: ConfigProblem[]): void {
  // RFC 9700 and ASVS 10.4.3 ask for short codes; ours are never longer than a minute.
  bounded(`${path}.codeSeconds`, lifetimes.codeSeconds, 1, 60, problems);
  bounded(`${path}.accessTokenSeconds`, lifetimes.accessTokenSeconds, 10, 3600, problems);
  bounded(`${path}.idTokenSeconds`, lifetimes.idTokenSeconds, 10, 3600, problems);
  bounded(`${path}.refreshRetrySeconds`, lifetimes.refreshRetrySeconds, 0, 3600, problems);
  bounded(`${path}.refreshAbsoluteSeconds`, lifetimes.refreshAbsoluteSeconds, 60, 5 * 365 * day, problems);
  bounded(
    `${path}.refreshIdleSeconds`,
    lifetimes.refreshIdleSeconds,
    60,
    lifetimes.refreshAbsoluteSeconds,
    problems,
  );
}

function bounded(
  path: string,
  value: number,
  least: number,
  most: number,
  problems: ConfigProblem[],
): number {
  if (!Number.isInteger(value) || value < least || value > most)
    problems.push({ path, message: `must be a whole number from ${least} to ${most}` });
  return value;
}
