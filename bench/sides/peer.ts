/**
 * The peer: oidc-provider, as its documentation says to run it in production, with the same
 * clients, the same lifetimes, the same ES256 tokens for the same API. Without a database it keeps
 * its own memory adapter: it comes with no other, so nothing that it answers would survive a crash,
 * while Keywright writes to disk before it answers. That advantage is left to it.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import './peer-warnings.ts';
import { Provider } from 'oidc-provider';
import { accessTokenSeconds, type Cast } from '../cast.ts';
import {
  extensionClientsOf,
  extensionFeatures,
  extensionRoutes,
  registerTokenExchange,
} from './peer-extensions.ts';
import { createPostgresAdapter } from './peer-postgres.ts';
import { announce, readSettings } from './settings.ts';

export interface PeerSettings {
  readonly cast: Cast;
  readonly port: number;
  /** The address of a PostgreSQL; its own memory adapter by default. */
  readonly database?: string;
  /** Set up with what the extensions need. */
  readonly extensions?: boolean | undefined;
}

const day = 86_400;

function clientsOf({ service, introspector, app }: Cast): readonly unknown[] {
  const common = { token_endpoint_auth_method: 'client_secret_basic' };
  const machine = {
    ...common,
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
  };
  return [
    { ...machine, client_id: service.id, client_secret: service.secret },
    { ...machine, client_id: introspector.id, client_secret: introspector.secret },
    {
      ...common,
      client_id: app.id,
      client_secret: app.secret,
      redirect_uris: [app.redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      id_token_signed_response_alg: 'ES256',
    },
  ];
}

function describeApi({ api }: Cast) {
  return {
    audience: api.identifier,
    scope: api.scope,
    accessTokenTTL: accessTokenSeconds,
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: 'ES256' } },
  };
}

/**
 * RFC 8707, and JWT access tokens for the one API. Without `resource` a token is opaque, for
 * userinfo and introspection.
 */
function resourceIndicators(cast: Cast): unknown {
  return {
    enabled: true,
    defaultResource: () => undefined,
    useGrantedResource: () => true,
    getResourceServerInfo: () => describeApi(cast),
  };
}

function configurationOf(
  { cast, extensions = false }: PeerSettings,
  adapter: unknown,
): Readonly<Record<string, unknown>> {
  return {
    ...(adapter === undefined ? {} : { adapter }),
    clients: [...clientsOf(cast), ...(extensions ? extensionClientsOf(cast) : [])],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    jwks: { keys: [cast.keys.ES256, cast.keys.RS256] },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    scopes: ['openid', 'offline_access'],
    claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: (_: unknown, client: { grantTypeAllowed(type: string): boolean }) =>
      client.grantTypeAllowed('refresh_token'),
    findAccount: (_: unknown, id: string) => ({
      accountId: id,
      claims: () => ({
        sub: id,
        name: 'A Person',
        email: `${id}@bench.example`,
        email_verified: true,
      }),
    }),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      revocation: { enabled: true },
      resourceIndicators: resourceIndicators(cast),
      ...(extensions ? extensionFeatures : {}),
    },
    interactions: {
      url: (_: unknown, interaction: { uid: string }) => `/interaction/${interaction.uid}`,
    },
    routes: {
      authorization: '/authorize',
      token: '/token',
      introspection: '/introspect',
      userinfo: '/userinfo',
      jwks: '/jwks',
      ...(extensions ? extensionRoutes : {}),
    },
    ttl: {
      AccessToken: accessTokenSeconds,
      ClientCredentials: accessTokenSeconds,
      AuthorizationCode: 60,
      IdToken: accessTokenSeconds,
      RefreshToken: 30 * day,
      Session: 30 * day,
      Grant: 365 * day,
      Interaction: 1800,
    },
  };
}

/**
 * Stands for the sign-in and consent pages, which no figure includes: whoever comes is signed in,
 * and agrees.
 */
function createInteraction(provider: Provider, { api }: Cast) {
  return async (request: IncomingMessage, response: ServerResponse) => {
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
    const grant = new provider.Grant({
      accountId: session!.accountId,
      clientId: params['client_id']!,
    });
    grant.addOIDCScope('openid profile email');
    grant.addResourceScope(api.identifier, api.scope);
    const consent = { grantId: await grant.save() };
    return provider.interactionFinished(
      request,
      response,
      { consent },
      { mergeWithLastSubmission: true },
    );
  };
}

const settings = await readSettings<PeerSettings>();
const { cast, port, database } = settings;
const adapter = database === undefined ? undefined : await createPostgresAdapter(database);
const provider = new Provider(`http://127.0.0.1:${port}`, configurationOf(settings, adapter));
if (settings.extensions === true) registerTokenExchange(provider, cast, () => describeApi(cast));
const answer = provider.callback();
const interact = createInteraction(provider, cast);

const server = createServer((request, response) => {
  if (request.url?.startsWith('/interaction/') !== true) {
    answer(request, response);
    return;
  }
  interact(request, response).catch((error: unknown) => {
    response.writeHead(500).end(String(error));
  });
});
server.listen(port, '127.0.0.1', () => announce(server));
