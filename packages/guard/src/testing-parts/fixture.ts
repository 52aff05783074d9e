/** What the adapters' contract is tried with: an issuer, its tokens, the routes, and a client that can be rude. */
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { type GeneratedKey, generateSigningKey, signJwtSync } from '@keywright/jwt';
import type { Access, RouteOptions } from '../route.ts';
import type { RefusalEvent } from '../answer.ts';
import { createGuard, type Guard, type GuardOptions } from '../guard.ts';

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
    token: (changes = {}, typ = 'at+jwt') => signJwtSync(signingKey, typ, { ...claims, ...changes }),
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

interface Addressed {
  readonly url?: string | undefined;
}
type ContractOptions = RouteOptions<Addressed, unknown, boolean>;

interface Building {
  readonly id: string;
  readonly owner: string;
}
const buildings: readonly Building[] = [
  { id: '1', owner: 'usr_ada' },
  { id: '2', owner: 'usr_bob' },
];

export function pathOf({ url = '' }: Addressed): string {
  return new URL(url, 'http://api.example').pathname;
}

function findBuilding(request: Addressed): unknown {
  return buildings.find(({ id }) => pathOf(request).endsWith(`/${id}`));
}

const isOwner: ContractOptions['can'] = ({ subject, resource, caller }) =>
  caller.kind === 'service' || (resource as Building).owner === subject;

const read = 'buildings:read';

/** By the first segment of the path; every adapter must serve all of them. */
export const contractRoutes: Readonly<Record<string, ContractOptions>> = {
  plain: {},
  read: { scope: read },
  both: { scope: [read, 'buildings:write'] },
  buildings: { scope: read, action: 'buildings.view', resource: findBuilding, can: isOwner },
  late: {
    scope: read,
    resource: async (request) => findBuilding(request),
    can: async (decision) => isOwner(decision),
  },
  fault: {
    can: () => {
      throw new Error('secret of the database');
    },
  },
  'late-fault': { can: async () => Promise.reject(new Error('secret of the database')) },
  vague: { can: () => undefined as never },
  open: { optional: true },
  download: { queryToken: true },
  raw: { formToken: false },
};

/** What every route answers when it lets a request through. */
export function describeAccess({ caller, resource, form }: Access<unknown, boolean>): string {
  return JSON.stringify({
    caller: caller && { ...caller, claims: undefined, scopes: [...caller.scopes] },
    resource,
    form: form?.toString(),
  });
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
    body: isJson ? (JSON.parse(body) as Record<string, unknown>) : {},
  };
}

export function send(url: string, { method = 'GET', headers = [], body = '' }: Sent = {}): Promise<Reply> {
  const always = ['host', new URL(url).host, 'content-length', String(Buffer.byteLength(body))];
  return new Promise((resolve, reject) => {
    httpRequest(url, { method, headers: [...always, ...headers], agent: false })
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

/** Serves all of `contractRoutes`, each answering with `describeAccess`. */
export type Mount = (guard: Guard) => Promise<Served>;

export interface Stage extends GuardFixture {
  readonly issuer: Issuer;
  readonly stranger: Issuer;
  readonly served: Served;
  readonly ask: (path: string, sent?: Sent) => Promise<Reply>;
}

export async function createStage(mount: Mount): Promise<Stage> {
  const [issuer, stranger] = await Promise.all([createIssuer(), createIssuer()]);
  const fixture = createGuardFixture([issuer.key], { maxFormBytes: 4000 });
  const served = await mount(fixture.guard);
  return { ...fixture, issuer, stranger, served, ask: (path, sent) => send(served.origin + path, sent) };
}

export type Current = () => Stage;
export const challengeOf = (reply: Reply) => reply.headers['www-authenticate'];
export const realm = `Bearer realm="${audience}"`;
