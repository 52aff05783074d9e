/**
 * The floor: what node:http and node:crypto cost when nobody asks for anything else. It parses the same form, checks the same
 * secret and signs the same token, all of one turn of the event loop in one batch, and it serves documents as bytes.
 * It knows one client and checks nothing that a real server must: no scopes, no grants, no tiers, no limits.
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

/** Signs all that came in one turn of the event loop, and answers only then. */
function createIssuer(signToken: ReturnType<typeof createSigner>) {
  let queue: Job[] = [];
  const flush = () => {
    const jobs = queue;
    queue = [];
    const tokens = jobs.map(({ claims }) => signToken(claims));
    jobs.forEach(({ response, claims }, index) => {
      const body = {
        access_token: tokens[index],
        token_type: 'Bearer',
        expires_in: accessTokenSeconds,
        scope: claims['scope'],
      };
      answer(response, 200, JSON.stringify(body));
    });
  };
  return (job: Job) => {
    if (queue.push(job) === 1) setImmediate(flush);
  };
}

function isClient(header: string | undefined, id: string, digest: Buffer): boolean {
  if (header?.startsWith('Basic ') !== true) return false;
  const credentials = Buffer.from(header.slice(6), 'base64').toString('utf8');
  const colon = credentials.indexOf(':');
  return credentials.slice(0, colon) === id && timingSafeEqual(sha256(credentials.slice(colon + 1)), digest);
}

function readText(request: IncomingMessage, onText: (text: string) => void): void {
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => {
    text += chunk;
  });
  request.on('end', () => onText(text));
}

function createTokenEndpoint({ cast }: FloorSettings, issuer: string) {
  const issue = createIssuer(createSigner(cast.keys.ES256));
  const { service } = cast;
  const digest = sha256(service.secret);
  return (request: IncomingMessage, response: ServerResponse, form: URLSearchParams) => {
    if (!isClient(request.headers.authorization, service.id, digest)) return answer(response, 401, '{}');
    if (form.get('grant_type') !== 'client_credentials') return answer(response, 400, '{}');
    const now = Math.floor(Date.now() / 1000);
    return issue({
      response,
      claims: {
        iss: issuer,
        sub: service.id,
        aud: form.get('resource'),
        client_id: service.id,
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
