/**
 * Parts for the contract of the adapters: an issuer, its tokens, the routes, and a client that can
 * send invalid requests.
 */
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { type GeneratedKey, generateSigningKey, signJwtSync } from '@keywright/jwt';
import type { RefusalEvent } from '../answer.ts';
import type { Presented } from '../presented.ts';
import { createGuard, type Guard, type GuardOptions } from '../guard.ts';
import { type Fact, watchGuard } from './watched-guard.ts';

export const issuer = 'https://issuer.example';
export const audience = 'https://api.example';
export const startedAt = 1_800_000_000_000;

export interface Issuer {
  readonly key: GeneratedKey;
  /** A good access token of a user with `buildings:read`, with changes. */
  readonly token: (claims?: Record<string, unknown>, typ?: string) => string;
}

export async function createIssuer(): Promise<Issuer> {
  const key = await generateSigningKey('ES256');
  const signingKey = { kid: key.kid, algorithm: 'ES256', privateKey: key.privateKey } as const;
  const seconds = startedAt / 1000;
  const claims = {
    iss: issuer,
    aud: audience,
    sub: 'usr_ada',
    client_id: 'heatlens',
    scope: 'buildings:read',
    jti: 'token-1',
    iat: seconds,
    exp: seconds + 600,
  };
  return {
    key,
    token: (changes = {}, typ = 'at+jwt') =>
      signJwtSync(signingKey, typ, { ...claims, ...changes }),
  };
}

/** The facts of a request with these headers, as an adapter would give them. */
export function present(
  headers: Readonly<Record<string, string>>,
  target = '/',
  method = 'GET',
): Presented {
  return {
    method,
    target,
    remoteAddress: '192.0.2.1',
    header: (name) => headers[name],
    certificate: () => undefined,
  };
}

export interface GuardFixture {
  readonly guard: Guard;
  readonly events: RefusalEvent[];
  /** Moves the guard's clock. */
  readonly pass: (seconds: number) => void;
}

export function createGuardFixture(
  keys: readonly GeneratedKey[],
  options: Partial<GuardOptions> = {},
): GuardFixture {
  const events: RefusalEvent[] = [];
  let now = startedAt;
  const guard = createGuard({
    issuer,
    audience,
    keys: { jwks: { keys: keys.map((key) => key.publicJwk) } },
    clock: () => now,
    onRefusal: (event) => events.push(event),
    ...options,
  });
  const pass = (seconds: number) => {
    now += seconds * 1000;
  };
  return { guard, events, pass };
}

export interface Served {
  readonly origin: string;
  close(): void;
}

export interface Reply {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
  readonly body: Record<string, unknown>;
}

export interface Sent {
  readonly method?: string;
  /** Names and values by turns, so that a name can come twice. */
  readonly headers?: readonly string[];
  readonly body?: string;
}

async function readReply(response: IncomingMessage): Promise<Reply> {
  const body = await text(response);
  const isJson = /json/.test(response.headers['content-type'] ?? '');
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    text: body,
    body: isJson && body !== '' ? (JSON.parse(body) as Record<string, unknown>) : {},
  };
}

export function send(
  url: string,
  { method = 'GET', headers = [], body = '' }: Sent = {},
): Promise<Reply> {
  const { host, hostname, port, origin } = new URL(url);
  const always = ['host', host, 'content-length', String(Buffer.byteLength(body))];
  // The target as it is given, because `URL` would normalise it.
  const path = url.slice(origin.length);
  return new Promise((resolve, reject) => {
    httpRequest({ hostname, port, path, method, headers: [...always, ...headers], agent: false })
      .on('response', (response) => resolve(readReply(response)))
      .on('error', reject)
      .end(body);
  });
}

export const bearer = (token: string, scheme = 'Bearer'): readonly string[] => [
  'authorization',
  `${scheme} ${token}`,
];

export const asForm = (fields: string | Record<string, string>): Sent => ({
  method: 'POST',
  headers: ['content-type', 'application/x-www-form-urlencoded'],
  body: new URLSearchParams(fields).toString(),
});

/** Serves all of `contractRoutes`, each answering with `answerWith`. */
export type Mount = (guard: Guard) => Promise<Served>;

export interface Stage extends GuardFixture {
  readonly issuer: Issuer;
  readonly foreignIssuer: Issuer;
  readonly served: Served;
  /** What the adapter told the guard of each request. */
  readonly facts: readonly Fact[];
  readonly ask: (path: string, sent?: Sent) => Promise<Reply>;
}

export async function createStage(
  mount: Mount,
  options: Partial<GuardOptions> = {},
): Promise<Stage> {
  const [issuer, foreignIssuer] = await Promise.all([createIssuer(), createIssuer()]);
  const fixture = createGuardFixture([issuer.key], { maxFormBytes: 4000, ...options });
  const facts: Fact[] = [];
  const served = await mount(watchGuard(fixture.guard, facts));
  const ask = (path: string, sent?: Sent) => send(served.origin + path, sent);
  return { ...fixture, issuer, foreignIssuer, served, facts, ask };
}

export type Current = () => Stage;
export const challengeOf = (reply: Reply) => reply.headers['www-authenticate'];
/** The beginning of every challenge of a guard with an address: RFC 9728 §5.1. */
export const realm = `Bearer realm="${audience}", resource_metadata="${audience}/.well-known/oauth-protected-resource"`;
