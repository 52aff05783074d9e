/**
 * Better Auth with its OAuth provider plugin, in memory: JWT access tokens (EdDSA) for one API, by
 * client credentials and by code.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { oauthProvider } from '@better-auth/oauth-provider';
import { importPrivateKey, type LocalSigningKey } from '@keywright/jwt';
import { betterAuth, type BetterAuthPlugin } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { toNodeHandler } from 'better-auth/node';
import { jwt } from 'better-auth/plugins';
import {
  audience,
  type Credentials,
  type ForeignIssuer,
  listen,
  otherAudience,
  postForm,
  scope,
  type UserTokens,
} from './foreign-issuer.ts';

const callback = 'https://app.example/callback';

/** Every table of the core and of both plugins. */
function emptyDatabase(): Record<string, Record<string, unknown>[]> {
  const tables = [
    'user',
    'session',
    'account',
    'verification',
    'jwks',
    'oauthClient',
    'oauthAccessToken',
    'oauthRefreshToken',
    'oauthConsent',
    'oauthResource',
    'oauthClientResource',
    'oauthClientAssertion',
  ];
  return Object.fromEntries(tables.map((name) => [name, []]));
}

/** Under the compiler's strictest rules the plugin's own type does not fit the plugins' type. */
function createProvider(): BetterAuthPlugin {
  const provider: unknown = oauthProvider({
    loginPage: '/sign-in',
    consentPage: '/consent',
    scopes: ['openid', 'offline_access', scope],
    resources: [audience, otherAudience],
    enforcePerClientResources: false,
    clientPrivileges: () => true,
  });
  return provider as BetterAuthPlugin;
}

/** What that plugin adds, as far as it is used here. */
interface ProviderApi {
  adminCreateOAuthClient(request: {
    readonly headers: Headers;
    readonly body: Readonly<Record<string, unknown>>;
  }): Promise<{ readonly client_id: string; readonly client_secret?: string }>;
}

function createAuth(port: number, database: ReturnType<typeof emptyDatabase>) {
  return betterAuth({
    baseURL: `http://localhost:${port}`,
    secret: randomBytes(32).toString('base64'),
    telemetry: { enabled: false },
    logger: { disabled: true },
    rateLimit: { enabled: false },
    database: memoryAdapter(database),
    emailAndPassword: { enabled: true },
    plugins: [
      jwt({
        jwks: {
          keyPairConfig: { alg: 'EdDSA', crv: 'Ed25519' },
          disablePrivateKeyEncryption: true,
        },
      }),
      createProvider(),
    ],
  });
}

type Auth = ReturnType<typeof createAuth>;

interface Person {
  readonly subject: string;
  readonly cookie: string;
}

async function signUp(auth: Auth): Promise<Person> {
  const body = { email: `${randomUUID()}@example.com`, password: randomUUID(), name: 'A Person' };
  const response = await auth.api.signUpEmail({ body, asResponse: true });
  const cookie = response.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
  const { user } = (await response.json()) as { readonly user: { readonly id: string } };
  return { subject: user.id, cookie };
}

async function register(
  auth: Auth,
  owner: Person,
  metadata: Readonly<Record<string, unknown>>,
): Promise<Credentials> {
  const body = { token_endpoint_auth_method: 'client_secret_basic', ...metadata };
  const api: unknown = auth.api;
  const headers = new Headers({ cookie: owner.cookie });
  const client = await (api as ProviderApi).adminCreateOAuthClient({ headers, body });
  return { id: client.client_id, secret: client.client_secret ?? '' };
}

export async function startBetterAuth(): Promise<ForeignIssuer> {
  const answer: { current?: RequestListener } = {};
  const listening = await listen(() => answer.current);
  const database = emptyDatabase();
  const auth = createAuth(listening.port, database);
  const handle = toNodeHandler(auth);
  answer.current = (request, response) => void handle(request, response);
  const issuer = `http://localhost:${listening.port}/api/auth`;
  const owner = await signUp(auth);
  const service = await register(auth, owner, {
    client_name: 'Meter reader',
    grant_types: ['client_credentials'],
    client_credentials_scopes: [scope],
    scope,
  });
  const app = await register(auth, owner, {
    client_name: 'Heatlens',
    grant_types: ['authorization_code', 'refresh_token'],
    redirect_uris: [callback],
    scope: `openid offline_access ${scope}`,
    skip_consent: true,
  });
  return {
    name: 'Better Auth',
    issuer,
    serviceId: service.id,
    async serviceToken(resource = audience) {
      const form = { grant_type: 'client_credentials', scope, resource };
      return (await postForm(`${issuer}/oauth2/token`, service, form))['access_token'] ?? '';
    },
    userTokens: async () => signIn(issuer, app, await signUp(auth)),
    signingKey: () => readKey(database['jwks']?.[0]),
    stop: () => listening.stop(),
  };
}

function readKey(row: Record<string, unknown> | undefined): LocalSigningKey | undefined {
  if (row === undefined) return undefined;
  const jwk = JSON.parse(String(row['privateKey'])) as { readonly d: string };
  // PKCS #8 of Ed25519 (RFC 8410 §7).
  const der = Buffer.concat([
    Buffer.from('302e020100300506032b657004220420', 'hex'),
    Buffer.from(jwk.d, 'base64url'),
  ]);
  return { kid: String(row['id']), algorithm: 'EdDSA', privateKey: importPrivateKey(der) };
}

async function signIn(issuer: string, app: Credentials, person: Person): Promise<UserTokens> {
  const verifier = randomBytes(32).toString('base64url');
  const request = {
    client_id: app.id,
    response_type: 'code',
    redirect_uri: callback,
    scope: `openid offline_access ${scope}`,
    resource: audience,
    state: randomUUID(),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  };
  const response = await fetch(`${issuer}/oauth2/authorize?${new URLSearchParams(request)}`, {
    headers: { cookie: person.cookie, accept: 'application/json' },
  });
  const { url = '' } = (await response.json()) as { readonly url?: string };
  const code = URL.parse(url)?.searchParams.get('code') ?? undefined;
  if (code === undefined) throw new Error(`no code: ${response.status} ${url}`);
  const form = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: callback,
    code_verifier: verifier,
  };
  const answer = await postForm(`${issuer}/oauth2/token`, app, { ...form, resource: audience });
  return {
    accessToken: answer['access_token'] ?? '',
    idToken: answer['id_token'] ?? '',
    refreshToken: answer['refresh_token'],
    subject: person.subject,
  };
}
