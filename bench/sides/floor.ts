/**
 * The floor: what node:http and node:crypto cost when nobody asks for anything else. It parses the
 * same form, checks the same secret and signs the same token, all of one turn of the event loop in
 * one batch, and it serves documents as bytes. It knows one client and checks nothing that a real
 * server must: no scopes, no grants, no tiers, no limits.
 */
import {
  createHash,
  createPrivateKey,
  type KeyObject,
  randomFillSync,
  sign,
  timingSafeEqual,
} from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { accessTokenSeconds, type Cast } from '../cast.ts';
import { createAssertionCheck, proveKey } from './floor-proofs.ts';
import { announce, readSettings } from './settings.ts';

export interface FloorSettings {
  readonly cast: Cast;
  /** Served with the bytes and the headers of the real server. */
  readonly documents: Readonly<
    Record<string, { readonly headers: Record<string, string>; readonly body: string }>
  >;
}

interface Job {
  readonly response: ServerResponse;
  readonly claims: Readonly<Record<string, unknown>>;
  /** What the request shows by a signature of its own; undefined when that is not good. */
  readonly prove?: () => Readonly<Record<string, unknown>> | undefined;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

const pool = Buffer.alloc(4096);
let poolUsed = pool.length;

/** 16 random bytes out of a pool: asking the system each time costs ten times as much. */
function newSerial(): string {
  if (poolUsed === pool.length) {
    randomFillSync(pool);
    poolUsed = 0;
  }
  poolUsed += 16;
  return pool.toString('base64url', poolUsed - 16, poolUsed);
}

function createSigner(jwk: Cast['keys']['ES256']) {
  const key: KeyObject = createPrivateKey({ key: jwk, format: 'jwk' });
  const header = encode({ alg: 'ES256', typ: 'at+jwt', kid: jwk['kid'] });
  const options = { key, dsaEncoding: 'ieee-p1363' } as const;
  return (claims: Job['claims']) => {
    const input = `${header}.${encode(claims)}`;
    return `${input}.${sign('sha256', Buffer.from(input, 'latin1'), options).toString('base64url')}`;
  };
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

const tokenHeaders = {
  'Content-Type': 'application/json',
  'Cache-Control': 'no-store',
  Pragma: 'no-cache',
} as const;

function answer(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { ...tokenHeaders, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

/** Checks and signs all that came in one turn of the event loop, and answers only then. */
function createIssuer(signToken: ReturnType<typeof createSigner>) {
  let queue: Job[] = [];
  const flush = () => {
    const jobs = queue;
    queue = [];
    const proven = jobs.map(({ claims, prove }) =>
      prove === undefined ? claims : withProven(claims, prove),
    );
    const tokens = proven.map((claims) => claims && signToken(claims));
    jobs.forEach(({ response }, index) => {
      const claims = proven[index];
      if (claims === undefined) return answer(response, 400, '{}');
      const body = {
        access_token: tokens[index],
        token_type: claims['cnf'] === undefined ? 'Bearer' : 'DPoP',
        expires_in: accessTokenSeconds,
        scope: claims['scope'],
      };
      return answer(response, 200, JSON.stringify(body));
    });
  };
  return (job: Job) => {
    if (queue.push(job) === 1) setImmediate(flush);
  };
}

function withProven(
  claims: Job['claims'],
  prove: NonNullable<Job['prove']>,
): Job['claims'] | undefined {
  const shown = prove();
  return shown && { ...claims, ...shown };
}

function isClient(header: string | undefined, id: string, digest: Buffer): boolean {
  if (header?.startsWith('Basic ') !== true) return false;
  const credentials = Buffer.from(header.slice(6), 'base64').toString('utf8');
  const colon = credentials.indexOf(':');
  return (
    credentials.slice(0, colon) === id &&
    timingSafeEqual(sha256(credentials.slice(colon + 1)), digest)
  );
}

function readText(request: IncomingMessage, onText: (text: string) => void): void {
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => {
    text += chunk;
  });
  request.on('end', () => onText(text));
}

/** Who asks, and what else they show: undefined for a stranger. */
function createAuthentication({ cast }: FloorSettings, issuer: string) {
  const { service, extensions } = cast;
  const digest = sha256(service.secret);
  const isSigner = createAssertionCheck(extensions.signer.id, extensions.signer.key, issuer);
  return (
    { headers }: IncomingMessage,
    form: URLSearchParams,
  ): (Pick<Job, 'prove'> & { id: string }) | undefined => {
    const assertion = form.get('client_assertion');
    if (assertion !== null)
      return { id: extensions.signer.id, prove: () => (isSigner(assertion) ? {} : undefined) };
    if (!isClient(headers.authorization, service.id, digest)) return undefined;
    const { dpop } = headers;
    if (typeof dpop !== 'string') return { id: service.id };
    const prove = () => {
      const jkt = proveKey(dpop, `${issuer}/token`);
      return jkt === undefined ? undefined : { cnf: { jkt } };
    };
    return { id: service.id, prove };
  };
}

function createTokenEndpoint(own: FloorSettings, issuer: string) {
  const issue = createIssuer(createSigner(own.cast.keys.ES256));
  const authenticate = createAuthentication(own, issuer);
  return (request: IncomingMessage, response: ServerResponse, form: URLSearchParams) => {
    const caller = authenticate(request, form);
    if (caller === undefined) return answer(response, 401, '{}');
    if (form.get('grant_type') !== 'client_credentials') return answer(response, 400, '{}');
    const { id, ...proof } = caller;
    const now = Math.floor(Date.now() / 1000);
    return issue({
      response,
      ...proof,
      claims: {
        iss: issuer,
        sub: id,
        aud: form.get('resource'),
        client_id: id,
        iat: now,
        exp: now + accessTokenSeconds,
        jti: newSerial(),
        scope: form.get('scope'),
      },
    });
  };
}

const settings = await readSettings<FloorSettings>();
const documents = new Map(
  Object.entries(settings.documents).map(([path, { headers, body }]) => [
    path,
    { headers: { ...headers, 'Content-Length': Buffer.byteLength(body) }, body },
  ]),
);
let token: ReturnType<typeof createTokenEndpoint>;

const server = createServer((request, response) => {
  const document = documents.get(request.url ?? '');
  if (document !== undefined) response.writeHead(200, document.headers).end(document.body);
  else if (request.url === '/token')
    readText(request, (text) => token(request, response, new URLSearchParams(text)));
  else response.writeHead(404).end();
});
server.listen(0, '127.0.0.1', () => {
  token = createTokenEndpoint(settings, announce(server));
});
