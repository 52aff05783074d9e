/**
 * The metadata of the server: RFC 8414 and OpenID Connect Discovery 1.0, in one document. It
 * contains only what this server really supports.
 */
import { openIdScopes } from '@keywright/wire';
import { openIdMetadata } from './kernel/accounts/metadata.ts';
import { responseModesOn } from './kernel/clients/response-mode.ts';
import { responseTypesOn } from './kernel/clients/response-type.ts';
import {
  certificateMetadata,
  withEndpointAliases,
} from './kernel/sender-constraint/certificate.ts';
import { dpopMetadata } from './kernel/sender-constraint/dpop.ts';
import { authenticationMetadata } from './kernel/clients/authentication/discovery.ts';
import type { Core } from './kernel/core.ts';
import type { Feature, Routes } from './kernel/routing/feature.ts';
import type { HttpResponse } from './kernel/http/message.ts';
import { publicJson } from './kernel/http/responses.ts';
import type { Clock } from './model/ports.ts';
import { detailsMetadata } from './kernel/authorization-details/type.ts';
import { isYoung } from './rules/staleness.ts';
import { jwksMaxAgeSeconds } from './kernel/keys/key-ring.ts';
import { grants, type GrantType, grantTypes } from './model/features.ts';
import type { ApiDirectory } from './model/services.ts';

const maxAgeSeconds = 300;

type Document = () => HttpResponse | Promise<HttpResponse>;

/**
 * A document that was served before waits at most this long for the store, and is served again if
 * the store fails. So APIs can verify signatures while nothing new can be issued.
 */
const patienceMilliseconds = 50;
/** If the store has been away for this time, nothing that was signed before is still valid. */
const longestWithoutStoreSeconds = 3600 + 300;

/** The text of a document is made again only if its source is another object. */
function createDocument<Source>(
  load: () => Source | Promise<Source>,
  render: (source: Source) => string,
  maxAgeSeconds: number,
  clock: Clock,
): Document {
  let madeOf: Source | undefined;
  let response: HttpResponse | undefined;
  let loadedAt = 0;
  let loading: Promise<HttpResponse> | undefined;
  const answer = (source: Source): HttpResponse => {
    if (response === undefined || source !== madeOf)
      response = publicJson(render(source), maxAgeSeconds);
    madeOf = source;
    loadedAt = clock.nowSeconds();
    return response;
  };
  const answerLater = (source: Promise<Source>): Promise<HttpResponse> => {
    loading = source.then(answer).finally(() => {
      loading = undefined;
    });
    return loading;
  };
  return () => {
    const former = isYoung(loadedAt, clock.nowSeconds(), longestWithoutStoreSeconds)
      ? response
      : undefined;
    // One waiting request is enough. The others do not ask the store too.
    if (loading !== undefined) return former ?? loading;
    const source = load();
    if (!(source instanceof Promise)) return answer(source);
    const later = answerLater(source);
    return former === undefined ? later : withinPatience(later, former);
  };
}

/** The former document, if the new one takes too long or fails. */
function withinPatience(later: Promise<HttpResponse>, former: HttpResponse): Promise<HttpResponse> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, patienceMilliseconds, former);
    later.then(resolve, () => resolve(former)).finally(() => clearTimeout(timer));
  });
}

/** What discovery says of a feature that is on: its name, its routes and its metadata. */
interface Served extends Pick<Feature, 'name' | 'metadata'> {
  readonly routes: Routes;
}

/** The published documents: the metadata and the keys. */
export function documentRoutes(core: Core, features: readonly Served[]): Routes {
  const [discovery, jwks] = [createDiscovery(core, features), createJwks(core)];
  const open = { channel: 'json', cors: true } as const;
  return {
    '/jwks': { methods: { GET: jwks }, ...open },
    // An address for programs that do not read the metadata.
    '/.well-known/jwks.json': { methods: { GET: jwks }, ...open },
    '/.well-known/openid-configuration': { methods: { GET: discovery }, ...open },
    '/.well-known/oauth-authorization-server': {
      methods: { GET: discovery },
      ...open,
      wellKnown: 'before-path',
    },
  };
}

function createDiscovery(core: Core, features: readonly Served[]): Document {
  // `register`, and what a browser goes to, is not among them.
  const aliased = [
    'token_endpoint',
    ...features.flatMap(({ routes }) =>
      Object.values(routes).flatMap(({ announced }) =>
        announced?.takesCertificates === true ? [announced.as] : [],
      ),
    ),
  ];
  const render = (apis: ApiDirectory) =>
    JSON.stringify(withEndpointAliases(core, metadata(core, features, apis), aliased));
  return createDocument(core.loadApis, render, maxAgeSeconds, core.clock);
}

/** RFC 7517 §5. */
function createJwks(core: Core): Document {
  return createDocument(
    () => core.keys.load(),
    (keys) => keys.jwks,
    jwksMaxAgeSeconds,
    core.clock,
  );
}

function metadata(
  core: Core,
  features: readonly Served[],
  apis: ApiDirectory,
): Readonly<Record<string, unknown>> {
  const { issuer } = core.options;
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    // draft-ietf-oauth-status-list §9.2.
    ...(apis.all.some((api) => api.tokenStatus)
      ? { status_list_aggregation_endpoint: `${issuer}/status-lists` }
      : {}),
    scopes_supported: [
      ...Object.keys(openIdScopes),
      ...apis.all.flatMap((api) => api.scopes.map((scope) => scope.name)),
    ],
    response_types_supported: responseTypesOn(core),
    response_modes_supported: responseModesOn(core),
    grant_types_supported: grantsServed(core, features),
    ...authenticationMetadata(core),
    // RFC 7636 §4.2: `plain` is not supported.
    code_challenge_methods_supported: ['S256'],
    ...dpopMetadata(core),
    ...certificateMetadata(core),
    // RFC 9207 §3.
    authorization_response_iss_parameter_supported: true,
    ...openIdMetadata(core),
    prompt_values_supported: ['none', 'login', 'consent', 'select_account'],
    ...detailsMetadata(apis),
    ...Object.assign(
      {},
      ...features.flatMap(({ routes, metadata }) => [
        addressesOf(routes, issuer),
        metadata?.(core),
      ]),
    ),
    // RFC 9728 §4.
    protected_resources: apis.all.map((api) => api.identifier),
  };
}

/** The addresses of routes, by their names in the metadata. A folder has no star there. */
function addressesOf(routes: Routes, issuer: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(routes).flatMap(([path, { announced }]) =>
      announced === undefined ? [] : [[announced.as, issuer + path.replace(/\/\*$/, '')]],
    ),
  );
}

/** Those that some client may use, in the order of their rows. */
function grantsServed({ options }: Core, features: readonly Served[]): readonly GrantType[] {
  const { grantsRefused } = options.policies.default;
  const served = new Set(features.map(({ name }) => name));
  return grantTypes.filter(
    (type) => served.has(grants[type].feature) && !grantsRefused.includes(type),
  );
}
