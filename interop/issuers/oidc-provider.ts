/**
 * oidc-provider, set up for APIs as in its documentation: resource indicators (RFC 8707), JWT
 * access tokens for one API with a chosen algorithm, opaque ones without a named API,
 * introspection, and key rotation by a restart.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import './quiet.ts';
import { generateSigningKey, type SigningAlgorithm, type LocalSigningKey } from '@keywright/jwt';
import { Provider } from 'oidc-provider';
import { Visitor } from '../visitor.ts';
import {
  audience,
  type Credentials,
  type ForeignIssuer,
  basic,
  listen,
  postForm,
  scope,
  type UserTokens,
} from './foreign-issuer.ts';

const callback = 'https://app.example/callback';

interface PrivateJwk extends Readonly<Record<string, unknown>> {
  readonly kid: string;
}

interface Key {
  readonly signing: LocalSigningKey;
  readonly jwk: PrivateJwk;
}

export interface OidcProvider extends ForeignIssuer {
  /** The API's own client, for introspection. */
  readonly apiClient: Credentials;
  /** An opaque access token of a service. */
  opaqueToken(resource?: string): Promise<string>;
  revoke(token: string): Promise<void>;
  /** Publishes a new key that does not sign yet. */
  publishNewKey(): Promise<void>;
  /** Signs with the newest key; the former stays published. */
  useNewKey(): void;
  /** Signs with a new key that no API has seen. The former one stays published. */
  rotateAtOnce(): Promise<void>;
  /** Publishes only the newest key. */
  dropOldKeys(): void;
  /** Whether it answers at all. */
  setReachable(reachable: boolean): void;
  /** Whether it answers requests for its keys or its metadata. */
  setKeysReachable(reachable: boolean): void;
  /** How often its keys were asked for. */
  keyRequests(): number;
  /** How often it was asked about a token. */
  introspections(): number;
}

async function makeKey(algorithm: SigningAlgorithm): Promise<Key> {
  const { kid, privateKey } = await generateSigningKey(algorithm);
  const jwk = { ...privateKey.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' };
  return { signing: { kid, algorithm, privateKey }, jwk };
}

const machine = { grant_types: ['client_credentials'], response_types: [], redirect_uris: [] };
const secretOf = () => randomBytes(24).toString('base64url');

const clients = {
  service: { id: 'meter-reader', secret: secretOf() },
  app: { id: 'heatlens', secret: secretOf() },
  api: { id: 'buildings-api', secret: secretOf() },
};

/** This suffix of the identifier of an API requests an opaque token. */
const opaque = '/opaque';

function describeResource(resource: string, algorithm: SigningAlgorithm): unknown {
  const isOpaque = resource.endsWith(opaque);
  return {
    audience: isOpaque ? resource.slice(0, -opaque.length) : resource,
    scope,
    accessTokenTTL: 600,
    accessTokenFormat: isOpaque ? 'opaque' : 'jwt',
    ...(isOpaque ? {} : { jwt: { sign: { alg: algorithm } } }),
  };
}

function configure(keys: readonly Key[], algorithm: SigningAlgorithm, cookieKey: string) {
  const { service, app, api } = clients;
  const signed = {
    token_endpoint_auth_method: 'client_secret_basic',
    id_token_signed_response_alg: algorithm,
  };
  return {
    clients: [
      { ...machine, ...signed, client_id: service.id, client_secret: service.secret },
      { ...machine, ...signed, client_id: api.id, client_secret: api.secret },
      {
        ...signed,
        client_id: app.id,
        client_secret: app.secret,
        redirect_uris: [callback],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
      },
    ],
    clientDefaults: { id_token_signed_response_alg: algorithm },
    enabledJWA: { idTokenSigningAlgValues: [algorithm] },
    jwks: { keys: keys.map(({ jwk }) => jwk) },
    cookies: { keys: [cookieKey] },
    scopes: ['openid', 'offline_access'],
    pkce: { required: () => true },
    findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
    interactions: {
      url: (_: unknown, interaction: { uid: string }) => `/interaction/${interaction.uid}`,
    },
    issueRefreshToken: () => true,
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      revocation: { enabled: true, allowedPolicy: () => true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => undefined,
        useGrantedResource: () => true,
        getResourceServerInfo: (_: unknown, resource: string) =>
          describeResource(resource, algorithm),
      },
    },
    ttl: {
      AccessToken: 600,
      ClientCredentials: 600,
      AuthorizationCode: 60,
      IdToken: 600,
      Interaction: 600,
    },
  };
}

/** Replaces the pages of sign-in and consent: the user of the hint signs in and agrees. */
function interact(provider: Provider, request: IncomingMessage, response: ServerResponse): void {
  const finish = async () => {
    const { prompt, params, session } = await provider.interactionDetails(request, response);
    if (prompt.name === 'login') {
      const login = { accountId: params['login_hint'] };
      return provider.interactionFinished(
        request,
        response,
        { login },
        { mergeWithLastSubmission: false },
      );
    }
    const { accountId = '' } = session ?? {};
    const grant = new provider.Grant({ accountId, clientId: params['client_id'] ?? '' });
    grant.addOIDCScope('openid offline_access');
    grant.addResourceScope(audience, scope);
    const consent = { grantId: await grant.save() };
    return provider.interactionFinished(
      request,
      response,
      { consent },
      { mergeWithLastSubmission: true },
    );
  };
  finish().catch((error: unknown) => void response.writeHead(500).end(String(error)));
}

function answerOf(provider: Provider): RequestListener {
  const answer = provider.callback();
  return (request, response) => {
    if (request.url?.startsWith('/interaction/') === true) interact(provider, request, response);
    else answer(request, response);
  };
}

export async function startOidcProvider(
  algorithm: SigningAlgorithm = 'ES256',
): Promise<OidcProvider> {
  const cookieKey = secretOf();
  /** The first of its algorithm signs. */
  let keys = [await makeKey(algorithm)];
  let answer: RequestListener | undefined;
  let isReachable = true;
  let areKeysReachable = true;
  const requests = { '/jwks': 0, '/token/introspection': 0 };
  const listening = await listen((request) => {
    const isAboutKeys =
      request.url === '/jwks' || request.url?.startsWith('/.well-known/') === true;
    return isReachable && (areKeysReachable || !isAboutKeys) ? answer : undefined;
  });
  listening.server.on('request', ({ url }: IncomingMessage) => {
    if (url === '/jwks' || url === '/token/introspection') requests[url] += 1;
  });
  const issuer = `http://localhost:${listening.port}`;
  /** Grants and tokens stay: its memory adapter is one for the whole process. */
  function restart(next: Key[]): void {
    keys = next;
    answer = answerOf(new Provider(issuer, configure(keys, algorithm, cookieKey)));
  }
  restart(keys);
  const obtain = async (resource: string) => {
    const form = { grant_type: 'client_credentials', scope, resource };
    return (await postForm(`${issuer}/token`, clients.service, form))['access_token'] ?? '';
  };
  return {
    name: `oidc-provider with ${algorithm}`,
    issuer,
    serviceId: clients.service.id,
    apiClient: clients.api,
    serviceToken: (resource = audience) => obtain(resource),
    opaqueToken: (resource = audience) => obtain(`${resource}${opaque}`),
    userTokens: () => signIn(issuer),
    async revoke(token) {
      const headers = basic(clients.service);
      await fetch(`${issuer}/token/revocation`, {
        method: 'POST',
        headers,
        body: new URLSearchParams({ token }),
      });
    },
    signingKey: () => keys[0]?.signing,
    async publishNewKey() {
      restart([...keys, await makeKey(algorithm)]);
    },
    useNewKey: () => restart([...keys].reverse()),
    async rotateAtOnce() {
      restart([await makeKey(algorithm), ...keys]);
    },
    dropOldKeys: () => restart(keys.slice(0, 1)),
    setReachable(reachable) {
      isReachable = reachable;
    },
    setKeysReachable(reachable) {
      areKeysReachable = reachable;
    },
    keyRequests: () => requests['/jwks'],
    introspections: () => requests['/token/introspection'],
    stop: () => listening.stop(),
  };
}

async function signIn(issuer: string): Promise<UserTokens> {
  const verifier = randomBytes(32).toString('base64url');
  const subject = `person-${randomUUID()}`;
  const request = {
    client_id: clients.app.id,
    response_type: 'code',
    redirect_uri: callback,
    scope: `openid offline_access ${scope}`,
    resource: audience,
    login_hint: subject,
    prompt: 'consent',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  };
  const arrival = await new Visitor(issuer).go(`${issuer}/auth?${new URLSearchParams(request)}`);
  if (arrival.kind === 'page')
    throw new Error(`stuck: ${arrival.page.status} ${arrival.page.html}`);
  const code = arrival.address.searchParams.get('code');
  if (code === null) throw new Error(`no code: ${arrival.address.href}`);
  const form = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: callback,
    code_verifier: verifier,
  };
  const answer = await postForm(`${issuer}/token`, clients.app, { ...form, resource: audience });
  return {
    accessToken: answer['access_token'] ?? '',
    idToken: answer['id_token'] ?? '',
    refreshToken: answer['refresh_token'],
    subject,
  };
}
