import { checkAssertionIssuers } from './assertion-issuers.ts';
import { type ConfigProblem, ConfigError } from '../../model/errors.ts';
import { kindProblemsOf } from './option-kinds.ts';
import { unknownNamesOf } from './option-names.ts';
import { defaultKeyAlgorithms } from '../../model/key-ports.ts';
import type { Features } from '../../model/features.ts';
import { type Policy, strictest } from './policy.ts';
import { profiles, resolveFeatures } from './profiles.ts';
import { type ResolvedRegistration, resolveRegistration } from './registration-options.ts';
import type {
  AuthorizationServerOptions,
  BackchannelRequestLimits,
  DpopNonceDemand,
  SecondFactorDemand,
  SignUp,
  Terms,
} from './server-options.ts';
import type { TierLifetimes } from './tiers.ts';
import type { TierName } from '../../model/features.ts';
import type { AssertionIssuer } from '../../model/services.ts';
import { type ProfileName, profileNames } from '../../model/client-settings.ts';
import type { KeyAlgorithm } from '../../model/key-ports.ts';
import { type Entity, longestId, longestName, refuseText } from '../../model/access.ts';
import { strongerAcrs } from '../../model/terms.ts';
import { resolveLifetimes, checkOpenLifetimes, bounded } from './lifetimes.ts';
import { type ResolvedPasskeys, resolvePasskeys } from './passkey-options.ts';

const backchannelDefaults: BackchannelRequestLimits = {
  waitingOfClient: 2,
  waitingOfAccount: 6,
  burst: 10,
};

/** Where two factors are demanded, with all lists. */
export interface ResolvedDemand extends Required<Omit<SecondFactorDemand, 'groups'>> {
  readonly groups: readonly Entity[];
}

/** The options of a server with all defaults, checked. */
export interface ResolvedOptions {
  readonly issuer: string;
  /** Scheme, host and port of the issuer. */
  readonly origin: string;
  /** Path of the issuer, '' at the root. */
  readonly basePath: string;
  readonly secure: boolean;
  readonly profile: ProfileName;
  readonly features: Features;
  readonly mutualTlsOrigin: string | undefined;
  readonly keyAlgorithms: readonly KeyAlgorithm[];
  /** The demands on a client with this profile, in addition to those of the server. */
  readonly policies: Readonly<Record<ProfileName, Policy>>;
  readonly dpopNonce: DpopNonceDemand;
  readonly registration: ResolvedRegistration;
  readonly assertionIssuers: readonly AssertionIssuer[];
  readonly lifetimes: Readonly<Record<TierName, TierLifetimes>>;
  readonly cacheSeconds: number;
  readonly sessionIdleSeconds: number;
  readonly sessionAbsoluteSeconds: number;
  readonly interactionSeconds: number;
  readonly passwordAcr: string;
  readonly sendsMail: boolean;
  readonly signUp: SignUp;
  readonly signUpDomains: readonly string[];
  readonly terms: Terms | undefined;
  readonly passkeys: ResolvedPasskeys;
  /** Undefined: nowhere. */
  readonly secondFactor: ResolvedDemand | undefined;
  readonly backchannelRequests: BackchannelRequestLimits;
}

const day = 86_400;

/**
 * Completes and checks the options of a server.
 * @throws ConfigError with every problem
 */
export function resolveOptions(options: AuthorizationServerOptions): ResolvedOptions {
  const problems: ConfigProblem[] = [...unknownNamesOf(options)];
  const kindProblems = kindProblemsOf(options);
  if (kindProblems.length > 0) throw new ConfigError([...kindProblems, ...problems]);
  const issuer = checkIssuer(options.issuer, problems);
  const lifetimes = resolveLifetimes(options.lifetimes, problems);
  const registration = resolveRegistration(options.registration ?? {}, problems);
  const times = resolveTimes(options, problems);
  const keyAlgorithms = checkKeyAlgorithms(options.keyAlgorithms ?? defaultKeyAlgorithms, problems);
  const passwordAcr = checkAcr(options.passwordAcr ?? 'urn:keywright:acr:password', problems);
  const backchannelRequests = resolveBackchannelRequests(options.backchannelRequests, problems);
  const profile = options.profile ?? 'default';
  const features = checkFeatures(profile, options.features, problems);
  checkOpenLifetimes(profile, lifetimes, problems);
  const dpopNonce = options.dpopNonce ?? 'off';
  if (dpopNonce === 'required' && !features.dpop)
    problems.push({
      path: 'dpopNonce',
      message: 'needs the feature dpop. Without it, no client sends a proof',
    });
  const assertionIssuers = checkAssertionIssuers(
    options.assertionIssuers ?? [],
    options.issuer,
    problems,
  );
  checkMutualTlsOrigin(options.mutualTlsOrigin, features, problems);
  const signUp = resolveSignUp(options, problems);
  checkPasskeyHost(issuer, features, problems);
  const passkeys = resolvePasskeys(options.passkeys ?? {}, issuer, problems);
  const secondFactor = resolveSecondFactor(options.secondFactor, features, problems);
  if (problems.length > 0 || issuer === undefined) throw new ConfigError(problems);
  return {
    issuer: options.issuer,
    origin: issuer.origin,
    basePath: issuer.pathname === '/' ? '' : issuer.pathname,
    secure: issuer.protocol === 'https:',
    profile,
    features,
    mutualTlsOrigin: options.mutualTlsOrigin,
    keyAlgorithms,
    policies: policiesUnder(profile),
    dpopNonce,
    registration,
    assertionIssuers,
    lifetimes,
    ...times,
    passwordAcr,
    sendsMail: options.sendsMail ?? false,
    ...signUp,
    passkeys,
    secondFactor,
    backchannelRequests,
  };
}

function resolveTimes(options: AuthorizationServerOptions, problems: ConfigProblem[]) {
  const within = (name: 'sessionIdleSeconds' | 'sessionAbsoluteSeconds', usual: number) =>
    bounded(name, options[name] ?? usual, 60, 365 * day, problems);
  const { interactionSeconds = 1800 } = options;
  return {
    cacheSeconds: bounded('cacheSeconds', options.cacheSeconds ?? 5, 0, 5, problems),
    sessionIdleSeconds: within('sessionIdleSeconds', 7 * day),
    sessionAbsoluteSeconds: within('sessionAbsoluteSeconds', 30 * day),
    interactionSeconds: bounded('interactionSeconds', interactionSeconds, 60, day, problems),
  };
}

function resolveSignUp(
  { signUp = 'closed', signUpDomains = [], terms, sendsMail = false }: AuthorizationServerOptions,
  problems: ConfigProblem[],
): Pick<ResolvedOptions, 'signUp' | 'signUpDomains' | 'terms'> {
  const say = (path: string, message: string) => void problems.push({ path, message });
  if (signUp !== 'closed' && !sendsMail)
    say('signUp', 'needs a mail server, because each address is proven by a code');
  if (signUp === 'domains' && signUpDomains.length === 0)
    say('signUpDomains', 'must have at least one domain');
  if (signUp !== 'domains' && signUpDomains.length > 0)
    say('signUpDomains', `has no effect while sign-up is ${signUp}`);
  for (const [index, domain] of signUpDomains.entries())
    if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(domain))
      say(`signUpDomains[${index}]`, 'must be a domain in lower case, for example example.com');
  if (terms !== undefined && URL.parse(terms.url)?.protocol !== 'https:')
    say('terms.url', 'must be an https address');
  if (terms !== undefined && terms.version.length > 100)
    say('terms.version', 'must be at most 100 characters long');
  return { signUp, signUpDomains, terms };
}

/** An empty demand would look like one, and demand nothing. */
function resolveSecondFactor(
  demand: SecondFactorDemand | undefined,
  { totp, passkeys }: Features,
  problems: ConfigProblem[],
): ResolvedOptions['secondFactor'] {
  if (demand === undefined) return undefined;
  const { tiers = [], clients = [], scopes = [], groups = [] } = demand;
  const say = (message: string) => void problems.push({ path: 'secondFactor', message });
  if (tiers.length + clients.length + scopes.length + groups.length === 0)
    say('must name tiers, clients, scopes or groups');
  if (!totp && !passkeys) say('needs the feature totp or passkeys');
  if (tiers.includes('service')) say('must not name the tier service, which has no users');
  return { tiers, clients, scopes, groups: groups.map((name) => toGroup(name, problems)) };
}

/** As on the command line: a type and an id. */
function toGroup(name: string, problems: ConfigProblem[]): Entity {
  const colon = name.indexOf(':');
  const group = colon < 0 ? { type: 'group', id: name } : toEntity(name, colon);
  const fault = refuseText(group.type, longestName) ?? refuseText(group.id, longestId);
  if (fault !== undefined)
    problems.push({ path: 'secondFactor.groups', message: `has ${name}, whose parts ${fault}` });
  return group;
}

function toEntity(name: string, colon: number): Entity {
  return { type: name.slice(0, colon), id: name.slice(colon + 1) };
}

function resolveBackchannelRequests(
  changes: AuthorizationServerOptions['backchannelRequests'],
  problems: ConfigProblem[],
): BackchannelRequestLimits {
  const { waitingOfClient, waitingOfAccount, burst } = { ...backchannelDefaults, ...changes };
  const path = 'backchannelRequests';
  return {
    waitingOfClient: bounded(`${path}.waitingOfClient`, waitingOfClient, 1, 100, problems),
    waitingOfAccount: bounded(`${path}.waitingOfAccount`, waitingOfAccount, 1, 100, problems),
    burst: bounded(`${path}.burst`, burst, 1, 1000, problems),
  };
}

function checkKeyAlgorithms(
  wanted: readonly KeyAlgorithm[],
  problems: ConfigProblem[],
): readonly KeyAlgorithm[] {
  if (!wanted.includes('ES256'))
    problems.push({
      path: 'keyAlgorithms',
      message: 'needs ES256, which signs everything for which no other algorithm is named',
    });
  return [...new Set(wanted)];
}

/**
 * Without spaces, because `acr_values` is separated by them. Never 0, which means that there is no
 * sign-in (Core §2).
 */
function checkAcr(acr: string, problems: ConfigProblem[]): string {
  if (!/^[\x21-\x7e]{1,200}$/.test(acr) || acr === '0')
    problems.push({
      path: 'passwordAcr',
      message: 'must be visible text without spaces, at most 200 characters, and not 0',
    });
  if ((strongerAcrs as readonly string[]).includes(acr))
    problems.push({ path: 'passwordAcr', message: 'must not be the name of a stronger sign-in' });
  return acr;
}

/** Web Authentication §5.1.3 step 8: the host of a page must be a domain. */
function checkPasskeyHost(
  issuer: URL | undefined,
  { passkeys }: Features,
  problems: ConfigProblem[],
): void {
  const isAddress = /^\[|^[0-9.]+$/.test(issuer?.hostname ?? '');
  if (passkeys && isAddress)
    problems.push({
      path: 'features.passkeys',
      message: 'needs an issuer with a host name, because browsers allow no passkeys at addresses',
    });
}

function checkMutualTlsOrigin(
  origin: string | undefined,
  { mutualTls }: Features,
  problems: ConfigProblem[],
): void {
  if (origin === undefined) return;
  const say = (message: string) => void problems.push({ path: 'mutualTlsOrigin', message });
  const url = URL.parse(origin);
  if (url === null || url.protocol !== 'https:' || url.origin !== origin)
    say('must be an https origin, for example https://mtls.login.example.com');
  if (!mutualTls) say('has no effect while mutual TLS is off');
}

/** Every contradiction between the profile and the options. */
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
  if (profiles[profile].policy.senderConstraintRequired && !features.dpop && !features.mutualTls)
    problems.push({
      path: 'features',
      message: `${profile} needs dpop or mutualTls, because its tokens are bound to a key`,
    });
  return features;
}

function policiesUnder(profile: ProfileName): Record<ProfileName, Policy> {
  const own = profiles[profile].policy;
  const under = profileNames.map((name) => [
    name,
    name === profile ? own : strictest(own, profiles[name].policy),
  ]);
  // The demands on every client. `default` adds nothing to those of the server.
  return { ...(Object.fromEntries(under) as Record<ProfileName, Policy>), default: own };
}

/** RFC 8414 §2: an https URL without query or fragment. http only if nothing leaves the machine. */
function checkIssuer(issuer: string, problems: ConfigProblem[]): URL | undefined {
  const url = URL.parse(issuer);
  const say = (message: string) => void problems.push({ path: 'issuer', message });
  if (url === null || !['https:', 'http:'].includes(url.protocol)) {
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
