/**
 * Makes a client of its registration (RFC 7591 §2 names): everything is checked against its tier,
 * and every problem is reported at once. The configuration file, the command line and registration
 * over HTTP all use it.
 */
import { ConfigError, type ConfigProblem } from '../../model/errors.ts';
import { defaultKeyAlgorithms } from '../../model/key-ports.ts';
import { type Client, type ClientKind, clientKinds, clientTrusts } from '../../model/entities.ts';
import type { Features } from '../../model/features.ts';
import { openPolicy, type Policy } from '../policy/policy.ts';
import type { Random } from '../../model/ports.ts';
import { refuseDisplayText } from '../../rules/display-text.ts';
import { refuseRedirectUri } from '../../rules/redirect-uri.ts';
import { hasPlainHost } from '../../rules/web-address.ts';
import { checkMethods, refuseMutualTls, usesSecret } from './authentication/registration.ts';
import type { ClientRegistration } from './client-registration.ts';
import { settingsChecks } from './metadata/index.ts';
import { settingsOf } from './metadata/settings.ts';
import { checkGrantTypes, checkScopes, type ScopeContext, type Who } from './registered-access.ts';
import { keepSecret, newSecret } from './secrets.ts';
import { kindRules, tierNameOf } from '../policy/tiers.ts';
import type { Say } from './metadata/check.ts';
import { type ProfileName, profileNames } from '../../model/client-settings.ts';
import type { KeyAlgorithm } from '../../model/key-ports.ts';
import { reservedPrefixOf } from '../../model/token-id.ts';

/** What a new client is checked against. Times are in seconds since 1970. */
export interface RegistrationContext extends ScopeContext {
  readonly now: number;
  readonly random: Random;
  readonly origin: Client['origin'];
  /** The algorithms that have keys. */
  readonly keyAlgorithms?: readonly KeyAlgorithm[] | undefined;
  /**
   * The demands of each profile on a client that has it. Without it, only the tier has demands.
   */
  readonly policies?: Readonly<Record<ProfileName, Policy>> | undefined;
  /** The features that are on. Default: all. */
  readonly features?: Pick<Features, 'mutualTls'> | undefined;
  /** Where the client is, for the problems: `clients[0]`. */
  readonly path?: string;
}

/** A new client, and its secret if it has one. */
export interface RegisteredClient {
  readonly client: Client;
  /** To be shown once, because only its digest is stored. Absent for public clients. */
  readonly secret?: string;
}

/**
 * Checks the declaration of a client against its tier and returns the client. Does not store it.
 * @throws ConfigError with every problem
 */
export function registerClient(
  input: ClientRegistration,
  context: RegistrationContext,
): RegisteredClient {
  const problems: ConfigProblem[] = [];
  const path = context.path ?? 'client';
  const at = path === '' ? '' : `${path}.`;
  const say: Say = (member, message) => void problems.push({ path: `${at}${member}`, message });
  const who = checkWho(input, say);
  if (who === undefined) throw new ConfigError(problems);
  const checked = checkMembers(input, who, context, say);
  if (problems.length > 0) throw new ConfigError(problems);
  const { now, random, origin } = context;
  const secret = usesSecret(checked.authenticationMethods)
    ? (input.client_secret ?? newSecret(random))
    : undefined;
  const settings = settingsOf(input);
  const client: Client = {
    ...who,
    ...checked,
    ...(settings !== undefined ? { settings } : {}),
    secrets: secret === undefined ? [] : [keepSecret(secret, random, now)],
    status: 'active',
    origin,
    createdAt: now,
  };
  return secret === undefined ? { client } : { client, secret };
}

/**
 * Kind and trust, as the registration says. If they are invalid, the problems were reported and
 * the result does not matter.
 */
function checkMembers(input: ClientRegistration, who: Who, context: RegistrationContext, say: Say) {
  const policy = policyFor(input, context);
  const algorithms = algorithmsFor(context, policy);
  const id = checkId(input.client_id, context, say);
  const redirectUris = checkRedirectUris(input, who.kind, say);
  const grantTypes = checkGrantTypes(input.grant_types, who, policy, say);
  if (
    redirectUris.length === 0 &&
    grantTypes.some((grant) => grant === 'authorization_code' || grant === 'implicit')
  )
    say('redirect_uris', 'needs at least one for the authorization code or implicit grant');
  const { scopes, optionalScopes } = checkScopes(input, who, context, say);
  const authenticationMethods = checkMethods(input, who.kind, policy, say);
  if (context.features?.mutualTls === false) refuseMutualTls(input, authenticationMethods, say);
  const idTokenAlgorithm = checkIdTokenAlgorithm(
    input.id_token_signed_response_alg,
    algorithms,
    say,
  );
  const texts = checkTexts(input, say);
  for (const check of settingsChecks) check(input, say, { algorithms, policy, apis: context.apis });
  return {
    id,
    ...texts,
    redirectUris,
    grantTypes,
    scopes,
    optionalScopes,
    authenticationMethods,
    idTokenAlgorithm,
  };
}

function checkWho(input: ClientRegistration, say: Say): Who | undefined {
  const kind = clientKinds.find((known) => known === input.kind);
  const trust = clientTrusts.find((known) => known === input.trust);
  if (kind === undefined) say('kind', `must be one of ${clientKinds.join(', ')}`);
  if (trust === undefined) say('trust', `must be one of ${clientTrusts.join(', ')}`);
  if (kind === undefined || trust === undefined) return undefined;
  if (tierNameOf({ kind, trust }) === undefined) {
    say('trust', 'a service cannot be unverified, because nobody would have reviewed it');
    return undefined;
  }
  return { kind, trust };
}

function checkId(
  id: string | undefined,
  { random, origin }: RegistrationContext,
  say: Say,
): string {
  if (id === undefined) return `cli_${Buffer.from(random.bytes(16)).toString('base64url')}`;
  // An address was checked before. It cannot begin like another id of this server.
  if (origin === 'document') return id;
  if (!/^[A-Za-z0-9._-]{3,100}$/.test(id))
    say('client_id', 'must be 3 to 100 letters, digits, dots, dashes or underscores');
  // RFC 9700 §4.15: a client must not be able to pass for a user. The same holds for ids of
  // families, consents and API keys, because a client id may end a token as well.
  const taken = reservedPrefixOf(id);
  if (taken !== undefined) say('client_id', `must not begin with ${taken}`);
  return id;
}

function checkRedirectUris(
  input: ClientRegistration,
  kind: ClientKind,
  say: Say,
): readonly string[] {
  const uris = input.redirect_uris ?? [];
  uris.forEach((uri, index) => {
    const refused = refuseRedirectUri(uri, kindRules[kind].redirects);
    if (refused !== undefined) say(`redirect_uris[${index}]`, refused);
  });
  return [...new Set(uris)];
}

/** The policy for the new client. An unknown profile is reported by another check. */
function policyFor({ profile }: ClientRegistration, { policies }: RegistrationContext): Policy {
  const name = profileNames.find((known) => known === profile) ?? 'default';
  return policies?.[name] ?? openPolicy;
}

/** The algorithms of the server's keys that the policy allows. */
function algorithmsFor(
  { keyAlgorithms = defaultKeyAlgorithms }: RegistrationContext,
  { signingAlgorithms }: Policy,
): readonly KeyAlgorithm[] {
  return keyAlgorithms.filter((one) => signingAlgorithms?.includes(one) ?? true);
}

/** OpenID Connect Registration §2: RS256 when left out, where this server signs with it. */
function checkIdTokenAlgorithm(
  wanted: string | undefined,
  known: readonly KeyAlgorithm[],
  say: Say,
): KeyAlgorithm {
  const usual = known.includes('RS256') ? 'RS256' : 'ES256';
  const algorithm = known.find((one) => one === (wanted ?? usual));
  if (algorithm === undefined)
    say('id_token_signed_response_alg', `must be one of ${known.join(', ')}`);
  return algorithm ?? 'ES256';
}

/** Checks the texts that users see on the consent page. */
function checkTexts(
  { client_name: name, publisher, client_uri: homepage }: ClientRegistration,
  say: Say,
): Pick<Client, 'name' | 'publisher' | 'homepage'> {
  for (const [member, text] of Object.entries({ client_name: name, publisher })) {
    const refused = text === undefined ? undefined : refuseDisplayText(text);
    if (refused !== undefined) say(member, refused);
  }
  if (homepage !== undefined && !(/^https?:/i.test(homepage) && hasPlainHost(homepage)))
    say('client_uri', 'must be an http or https URL');
  return {
    name,
    ...(publisher !== undefined ? { publisher } : {}),
    ...(homepage !== undefined ? { homepage } : {}),
  };
}
