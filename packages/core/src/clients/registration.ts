/**
 * Making a client out of its registration (RFC 7591 §2 names): everything checked against its tier, every problem said
 * at once. The configuration file, the command line and, later, registration over HTTP all come through here.
 */
import {
  clientAuthenticationMethods,
  type ClientAuthenticationMethod,
  type GrantType,
  grantTypes,
} from '@keywright/wire';
import { createTokenSource, digest } from '@keywright/jwt';
import { adminScopes, isAdminScope } from '../apis/admin.ts';
import { ConfigError, type ConfigProblem } from '../errors.ts';
import {
  type Api,
  type Client,
  type ClientKind,
  clientKinds,
  type ClientTrust,
  clientTrusts,
  idPrefixes,
} from '../model.ts';
import type { Random } from '../ports.ts';
import { refuseDisplayText } from '../rules/display-text.ts';
import { refuseRedirectUri } from '../rules/redirect-uri.ts';
import { isOpenIdScope } from '../rules/target.ts';
import { checkSettings } from './metadata/index.ts';
import { kindRules, mayAdminister, tierAllows, tierNameOf, tiers } from './tiers.ts';

export interface ClientRegistration {
  readonly client_id?: string | undefined;
  /** At least 32 characters, and random; made here when it is left out. */
  readonly client_secret?: string | undefined;
  readonly kind: string;
  readonly trust: string;
  readonly client_name: string;
  readonly publisher?: string | undefined;
  readonly client_uri?: string | undefined;
  readonly redirect_uris?: readonly string[] | undefined;
  readonly grant_types?: readonly string[] | undefined;
  /** Words with spaces between: the ceiling of what it may ever be granted. */
  readonly scope?: string | undefined;
  /** Those of `scope` that a person may untick. */
  readonly optional_scope?: string | undefined;
  readonly token_endpoint_auth_method?: string | undefined;
  readonly id_token_signed_response_alg?: string | undefined;
  /** A profile that it is held to beside the server's. */
  readonly profile?: string | undefined;
}

export interface RegistrationContext {
  readonly now: number;
  readonly random: Random;
  readonly apis: readonly Api[];
  readonly origin: Client['origin'];
  /** Where it stands, for the problems: `clients[0]`. */
  readonly path?: string;
}

export interface RegisteredClient {
  readonly client: Client;
  /** Shown once: only its digest is kept. Absent for public clients. */
  readonly secret?: string;
}

/** Throws ConfigError with every problem. */
export function registerClient(input: ClientRegistration, context: RegistrationContext): RegisteredClient {
  const problems: ConfigProblem[] = [];
  const path = context.path ?? 'client';
  const say: Say = (member, message) => void problems.push({ path: `${path}.${member}`, message });
  const who = checkWho(input, say);
  if (who === undefined) throw new ConfigError(problems);
  const id = checkId(input.client_id, context, say);
  const redirectUris = checkRedirectUris(input, who.kind, say);
  const grants = checkGrantTypes(input.grant_types, who, say);
  if (
    redirectUris.length === 0 &&
    grants.some((grant) => grant === 'authorization_code' || grant === 'implicit')
  )
    say('redirect_uris', 'needs at least one for the authorization code or implicit grant');
  const scopes = checkScopes(input, who, context.apis, say);
  const { methods, secret } = checkAuthentication(input, who.kind, context.random, say);
  const idTokenAlgorithm = checkIdTokenAlgorithm(input.id_token_signed_response_alg, say);
  checkTexts(input, say);
  const settings = checkSettings(input, say);
  if (problems.length > 0) throw new ConfigError(problems);
  const client: Client = {
    id,
    ...who,
    name: input.client_name,
    ...(input.publisher !== undefined ? { publisher: input.publisher } : {}),
    ...(input.client_uri !== undefined ? { homepage: input.client_uri } : {}),
    redirectUris,
    grantTypes: grants,
    scopes: scopes.all,
    optionalScopes: scopes.optional,
    authenticationMethods: methods,
    secrets:
      secret === undefined
        ? []
        : [{ id: newSecretId(context.random), digest: digest(secret), createdAt: context.now }],
    idTokenAlgorithm,
    ...(settings !== undefined ? { settings } : {}),
    status: 'active',
    origin: context.origin,
    createdAt: context.now,
  };
  return secret === undefined ? { client } : { client, secret };
}

type Say = (member: string, message: string) => void;
interface Who {
  readonly kind: ClientKind;
  readonly trust: ClientTrust;
}

function checkWho(input: ClientRegistration, say: Say): Who | undefined {
  const kind = clientKinds.find((known) => known === input.kind);
  const trust = clientTrusts.find((known) => known === input.trust);
  if (kind === undefined) say('kind', `must be one of ${clientKinds.join(', ')}`);
  if (trust === undefined) say('trust', `must be one of ${clientTrusts.join(', ')}`);
  if (kind === undefined || trust === undefined) return undefined;
  if (tierNameOf({ kind, trust }) === undefined) {
    say('trust', 'a service cannot be unverified: nobody would have vouched for it');
    return undefined;
  }
  return { kind, trust };
}

function checkId(id: string | undefined, { random }: RegistrationContext, say: Say): string {
  if (id === undefined) return `cli_${Buffer.from(random.bytes(16)).toString('base64url')}`;
  if (!/^[A-Za-z0-9._-]{3,100}$/.test(id))
    say('client_id', 'must be 3 to 100 letters, digits, dots, dashes or underscores');
  // RFC 9700 §4.15: a client must not be able to pass for a person. Nor for what tokens hang on, as it may be that itself.
  const taken = Object.values(idPrefixes).find((prefix) => id.startsWith(prefix));
  if (taken !== undefined) say('client_id', `must not begin with ${taken}`);
  return id;
}

function checkRedirectUris(input: ClientRegistration, kind: ClientKind, say: Say): readonly string[] {
  const uris = input.redirect_uris ?? [];
  uris.forEach((uri, index) => {
    const refused = refuseRedirectUri(uri, kindRules[kind].redirects);
    if (refused !== undefined) say(`redirect_uris[${index}]`, refused);
  });
  return [...new Set(uris)];
}

function checkGrantTypes(input: readonly string[] | undefined, who: Who, say: Say): readonly GrantType[] {
  const tier = tiers[tierNameOf(who) as keyof typeof tiers];
  if (input === undefined) return tier.grants;
  const known = grantTypes.filter((grant) => input.includes(grant));
  input.forEach((grant, index) => {
    if (!(grantTypes as readonly string[]).includes(grant))
      say(`grant_types[${index}]`, `must be one of ${grantTypes.join(', ')}`);
    else if (!tierAllows(who, grant as GrantType))
      say(`grant_types[${index}]`, `${grant} is never open to a ${tier.title}`);
  });
  if (known.includes('refresh_token') && !known.includes('authorization_code') && !known.includes('password'))
    say('grant_types', 'refresh_token needs authorization_code or password beside it');
  return known;
}

function checkScopes(input: ClientRegistration, who: Who, apis: readonly Api[], say: Say) {
  const all = wordsOf(input.scope);
  const optional = wordsOf(input.optional_scope);
  const declared = new Set([...apis.flatMap((api) => api.scopes.map((scope) => scope.name)), ...adminScopes]);
  const ceiling = tiers[tierNameOf(who) as keyof typeof tiers].scopeCeiling;
  for (const scope of all) {
    if (!isOpenIdScope(scope) && !declared.has(scope)) say('scope', `${scope} is a scope of no declared API`);
    else if (ceiling !== undefined && !ceiling.includes(scope))
      say('scope', `${scope} is beyond what this tier may have`);
    if (isAdminScope(scope) && !mayAdminister(who))
      say('scope', `${scope} is of the server’s own API, which only first-party services may use`);
    if (isOpenIdScope(scope) && who.kind === 'service')
      say('scope', `${scope} needs a person; a service has none`);
  }
  for (const scope of optional) if (!all.includes(scope)) say('optional_scope', `${scope} is not in scope`);
  if (optional.includes('openid')) say('optional_scope', 'openid cannot be optional');
  return { all, optional };
}

function wordsOf(text: string | undefined): readonly string[] {
  return [...new Set((text ?? '').split(' ').filter((word) => word !== ''))];
}

function checkAuthentication(input: ClientRegistration, kind: ClientKind, random: Random, say: Say) {
  const { confidential } = kindRules[kind];
  const method = input.token_endpoint_auth_method;
  if (method !== undefined && !(clientAuthenticationMethods as readonly string[]).includes(method))
    say('token_endpoint_auth_method', `must be one of ${clientAuthenticationMethods.join(', ')}`);
  if (!confidential) {
    if (input.client_secret !== undefined)
      say('client_secret', `a ${kind} client cannot keep a secret; remove it`);
    if (method !== undefined && method !== 'none')
      say('token_endpoint_auth_method', `must be none for a ${kind} client`);
    return { methods: ['none'] as const, secret: undefined };
  }
  if (method === 'none') say('token_endpoint_auth_method', `a ${kind} client must authenticate`);
  if (input.client_secret !== undefined && input.client_secret.length < 32)
    say('client_secret', 'must be at least 32 random characters; leave it out to have one made');
  const methods: readonly ClientAuthenticationMethod[] =
    method === undefined
      ? ['client_secret_basic', 'client_secret_post']
      : [method as ClientAuthenticationMethod];
  return { methods, secret: input.client_secret ?? newSecret(random) };
}

function newSecret(random: Random): string {
  return createTokenSource((length) => random.bytes(length))();
}

function newSecretId(random: Random): string {
  return `sec_${Buffer.from(random.bytes(8)).toString('base64url')}`;
}

function checkIdTokenAlgorithm(algorithm: string | undefined, say: Say): Client['idTokenAlgorithm'] {
  if (algorithm === undefined || algorithm === 'ES256') return 'ES256';
  if (algorithm !== 'RS256') say('id_token_signed_response_alg', 'must be ES256 or RS256');
  return 'RS256';
}

/** What people read on the consent page. */
function checkTexts(input: ClientRegistration, say: Say): void {
  const texts = { client_name: input.client_name, publisher: input.publisher };
  for (const [member, text] of Object.entries(texts)) {
    const refused = text === undefined ? undefined : refuseDisplayText(text);
    if (refused !== undefined) say(member, refused);
  }
  const homepage = input.client_uri;
  if (homepage !== undefined && !(URL.canParse(homepage) && /^https?:$/.test(new URL(homepage).protocol)))
    say('client_uri', 'must be an http or https URL');
}

/** Adds a secret; the former ones end after the overlap, at most one of them stays. The new secret is shown once. */
export function addSecret(
  client: Client,
  random: Random,
  now: number,
  overlapSeconds: number,
): { readonly client: Client; readonly secret: string } {
  if (!kindRules[client.kind].confidential)
    throw new ConfigError([{ path: client.id, message: `a ${client.kind} client has no secret` }]);
  const secret = newSecret(random);
  const end = now + overlapSeconds;
  const former = client.secrets
    .filter((known) => known.expiresAt === undefined || known.expiresAt > now)
    .slice(-1)
    .map((known) => ({ ...known, expiresAt: Math.min(known.expiresAt ?? end, end) }));
  const added = { id: newSecretId(random), digest: digest(secret), createdAt: now };
  return { client: { ...client, secrets: [...former, added] }, secret };
}
