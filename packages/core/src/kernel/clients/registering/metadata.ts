/**
 * From the metadata that a client sends (RFC 7591 §2, OpenID Connect Registration §2) to a
 * registration: the defaults of the sections, its kind, and what the server chooses in place of
 * values that it does not offer (RFC 7591 §2: "The authorization server MAY reject or replace any
 * of the client's requested metadata values"). The answer contains what was registered.
 */
import { responseTypes } from '@keywright/wire';
import { grants, type GrantType, grantTypes, isFeatureOn } from '../../../model/features.ts';
import { isAdminScope } from '../../apis/admin.ts';
import { gives, responseTypesOn } from '../response-type.ts';
import { withSealedSecret } from '../authentication/client-secret-jwt.ts';
import { type ClientRegistration, registrationMemberTypes } from '../client-registration.ts';
import {
  registerClient,
  type RegisteredClient,
  type RegistrationContext,
} from '../registration.ts';
import { kindRules, opens, tierAllows } from '../../policy/tiers.ts';
import type { Core } from '../../core.ts';
import { ConfigError, type ConfigProblem, OAuthError } from '../../../model/errors.ts';
import { memberOf } from '../../http/json-body.ts';
import type { ClientKind, ClientTrust } from '../../../model/entities.ts';
import { isClaimable } from '../../../rules/redirect-uri.ts';
import { isOpenIdScope } from '../../../rules/target.ts';
import { borrowsName } from './borrowed-name.ts';
import { refuseLookAlike } from './look-alike.ts';
import { readMembers } from './members.ts';
import type { Say } from '../metadata/check.ts';
import type { ApiDirectory } from '../../../model/services.ts';
import type { JsonMembers } from '../../../model/terms.ts';

export interface SelfDescribedClient {
  readonly trust: ClientTrust;
  readonly origin: RegistrationContext['origin'];
  /** The id that it has; made here when it is left out. */
  readonly clientId?: string;
  /** What administrators have set. The client can neither set nor remove it. */
  readonly administered?: Partial<ClientRegistration>;
}

type Said = Partial<ClientRegistration>;

/**
 * The client, active and not yet stored. Throws client_metadata_invalid or
 * client_redirect_uri_invalid, with every problem.
 */
export async function makeSelfDescribedClient(
  core: Core,
  body: JsonMembers,
  { trust, origin, clientId, administered }: SelfDescribedClient,
  now: number,
): Promise<RegisteredClient> {
  const problems: ConfigProblem[] = [];
  const say: Say = (path, message) => void problems.push({ path, message });
  const said = readMembers(body, registrationMemberTypes, say);
  const kind = kindOf(core, said, memberOf(body, 'application_type') ?? undefined, say);
  if (problems.length > 0) throw refusalOf(problems);
  const apis = await core.loadApis();
  const registration = complete(core, said, { kind, trust }, apis, say);
  if (problems.length > 0) throw refusalOf(problems);
  const named = {
    ...registration,
    ...administered,
    ...(clientId === undefined ? {} : { client_id: clientId }),
  };
  return register(core, named, { now, origin, apis });
}

function register(
  { random, options, vault }: Core,
  registration: ClientRegistration,
  { now, origin, apis }: { now: number; origin: SelfDescribedClient['origin']; apis: ApiDirectory },
): RegisteredClient {
  const scopeCeiling = options.registration.scopes;
  const making = { ...options, now, random, origin, apis: apis.all, scopeCeiling, path: '' };
  const registered = refusing(() => registerClient(registration, making));
  const { client, secret } = registered;
  return { ...registered, client: withSealedSecret(vault, client, secret) };
}

/**
 * Calls the code that registers a client, and turns its problems into a refusal (RFC 7591 §3.2.2).
 */
export function refusing<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ConfigError) throw refusalOf(error.problems);
    throw error;
  }
}

const mostProblemsListed = 5;

/**
 * RFC 7591 §3.2.2. Nothing that was sent is repeated: the problems contain names of members, and
 * values of the specifications.
 */
export function refusalOf(problems: readonly ConfigProblem[]): OAuthError {
  const isRedirect = problems.every(({ path }) => /^\.?redirect_uris/.test(path));
  const listed = problems
    .slice(0, mostProblemsListed)
    .map(({ path, message }) => `${path.replace(/^\./, '')} ${message}`);
  return new OAuthError(isRedirect ? 'client_redirect_uri_invalid' : 'client_metadata_invalid', {
    description: listed.join('; '),
  });
}

/**
 * The kind follows from whether the client can keep a secret, and from where it runs: RFC 6749
 * §2.1, RFC 8252 §8.4, OpenID Connect Registration §2.
 */
function kindOf(core: Core, said: Said, applicationType: unknown, say: Say): ClientKind {
  if (applicationType !== undefined && applicationType !== 'web' && applicationType !== 'native')
    say('application_type', 'must be web or native');
  if (applicationType === 'native') return 'native';
  if (said.token_endpoint_auth_method !== 'none')
    return isImplicitOnly(core, said) ? 'browser' : 'web';
  return said.redirect_uris?.some(isClaimable) === true ? 'native' : 'browser';
}

/**
 * Such a client never redeems anything with a secret. No tier allows it to a client with a secret;
 * only a profile of a test bench does.
 */
function isImplicitOnly({ options }: Core, { grant_types: grants = [] }: Said): boolean {
  if (options.policies.default.grantsOpened.includes('implicit')) return false;
  return grants.length > 0 && grants.every((grant) => grant === 'implicit');
}

interface Who {
  readonly kind: ClientKind;
  readonly trust: ClientTrust;
}

function complete(
  core: Core,
  said: Said,
  who: Who,
  apis: ApiDirectory,
  say: Say,
): ClientRegistration {
  const name = said.client_name ?? nameOf(said);
  const refused = refuseLookAlike(name);
  if (refused !== undefined) say('client_name', refused);
  if (borrowsName(name, core.options.registration.reservedNames))
    say('client_name', 'must not contain the name of this service, nor look as if it did');
  const grants = grantsOf(core, said, who, say);
  return {
    ...said,
    ...who,
    client_name: name,
    grant_types: grants,
    ...responseTypesOf(core, said, grants, say),
    ...methodOf(core, said, who, say),
    scope: scopesOf(core, said, apis).join(' '),
  };
}

/**
 * Response types that this server never offers are left out, and those of a grant that was left
 * out, because some libraries register with every type. If none is left, it is refused. A type
 * whose grant the client did not register for stays, and is refused later (RFC 7591 §2.1).
 */
function responseTypesOf(
  core: Core,
  { response_types: asked, grant_types: wanted = [] }: Said,
  grants: readonly GrantType[],
  say: Say,
): Pick<ClientRegistration, 'response_types'> {
  if (asked === undefined) return {};
  const spoken = responseTypesOn(core);
  const hasLostImplicit = wanted.includes('implicit') && !grants.includes('implicit');
  const kept = asked.filter((text) => {
    const words = text.split(' ').sort().join(' ');
    const type = responseTypes.find((one) => one === words);
    return (
      type === undefined || (spoken.includes(type) && !(hasLostImplicit && gives(type, 'token')))
    );
  });
  if (kept.length === 0)
    say('response_types', 'contains nothing that a client that registers itself may have');
  return { response_types: kept };
}

/**
 * RFC 7591 §2 lets the server show the id of a client without a name. The host of its redirect URI
 * says more to users.
 */
function nameOf({ redirect_uris: [first = ''] = [] }: Said): string {
  const url = URL.parse(first);
  return (url?.hostname || url?.protocol.replace(/:$/, '') || 'Application without a name').slice(
    0,
    100,
  );
}

/**
 * RFC 7591 §2: the default is `authorization_code`. Grants that its tier or this server never
 * allows are left out. If none is left, it is refused.
 */
function grantsOf(
  core: Core,
  { grant_types: asked = ['authorization_code'] }: Said,
  who: Who,
  say: Say,
) {
  const policy = core.options.policies.default;
  // What a profile allows beyond the tier is not for clients that were not reviewed.
  const mayHave = (grant: GrantType) =>
    tierAllows(who, grant) || (who.trust !== 'unverified' && opens(policy, who, grant));
  const isOpen = (grant: GrantType) =>
    isFeatureOn(core.options.features, grants[grant].feature) &&
    mayHave(grant) &&
    !policy.grantsRefused.includes(grant);
  const given = grantTypes.filter((grant) => asked.includes(grant) && isOpen(grant));
  if (given.length === 0)
    say('grant_types', 'contains nothing that a client that registers itself may have');
  return given;
}

/**
 * RFC 7591 §2: the default is `client_secret_basic`, and the answer says so. Like any client that
 * names no method, it may then send the secret in the form as well, because some libraries do. A
 * kind that cannot keep a secret gets none, and the answer says so.
 */
function methodOf(
  core: Core,
  said: Said,
  { kind }: Who,
  say: Say,
): Pick<ClientRegistration, 'token_endpoint_auth_method' | 'token_endpoint_auth_signing_alg'> {
  const method = kindRules[kind].confidential ? said.token_endpoint_auth_method : 'none';
  const allowed: readonly string[] | undefined = core.options.policies.default.clientAuthentication;
  // FAPI 2.0 Security Profile §5.3.2.1 leaves out every shared secret, and every client without a
  // credential.
  if (allowed?.includes(method ?? 'client_secret_basic') === false)
    say('token_endpoint_auth_method', `must be one of ${allowed.join(', ')} in this profile`);
  const signs = method === 'private_key_jwt' || method === 'client_secret_jwt';
  return {
    ...(method === undefined ? {} : { token_endpoint_auth_method: method }),
    // OpenID Connect Registration §2: it is about what these two methods sign. Some libraries send
    // it in any case.
    ...(signs ? {} : { token_endpoint_auth_signing_alg: undefined }),
  };
}

/**
 * The requested scopes that self-registered clients may have, or all of these if it requested none
 * (RFC 7591 §2).
 */
function scopesOf({ options }: Core, { scope }: Said, apis: ApiDirectory): readonly string[] {
  const open = options.registration.scopes.filter(
    (one) => isKnown(one, apis) && !isAdminScope(one),
  );
  if (scope === undefined) return open;
  const asked = scope.split(' ');
  return open.filter((one) => asked.includes(one));
}

function isKnown(scope: string, apis: ApiDirectory): boolean {
  return isOpenIdScope(scope) || apis.ofScope(scope) !== undefined;
}
