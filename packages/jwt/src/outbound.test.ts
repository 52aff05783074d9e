import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOutbound, type OutboundOptions, type OutboundRequest } from './outbound.ts';
import { isPublicAddress } from './public-address.ts';
import type { Lookup } from './public-lookup.ts';
import { createPublicOutbound } from './public-outbound.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const answer =
  (body: string, headers: Record<string, string> = {}, status = 200): Handler =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  };
const redirect = (location: string) => answer('', { location }, 302);

let server: Server;
let origin: string;
let foreign: Server;
let requests = 0;

const endless: Handler = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  const push = () => {
    while (!response.destroyed && response.write(' '.repeat(16 * 1024)));
  };
  response.on('drain', push);
  push();
};

const paths: Record<string, Handler> = {
  '/json': answer('{"a":1}', { 'cache-control': 'public, max-age=120' }),
  '/jwks': answer('{"keys":[]}', { 'content-type': 'application/jwk-set+json; charset=utf-8' }),
  '/html': answer('{"a":1}', { 'content-type': 'text/html' }),
  '/none': answer('{"a":1}', { 'content-type': '' }),
  '/broken': answer('{"a":'),
  '/gzip': answer('{"a":1}', { 'content-encoding': 'gzip' }),
  '/missing': answer('{"a":1}', {}, 404),
  '/fault': answer('{"a":1}', {}, 500),
  '/large': answer(`{"a":"${'a'.repeat(2000)}"}`),
  '/endless': endless,
  '/hanging': () => {},
  '/stalled': (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).write('{');
  },
  '/reset': (request) => {
    request.socket.destroy();
  },
  '/once': redirect('/json'),
  '/loop': redirect('/loop'),
  '/scheme': redirect('file:///etc/passwd'),
  '/bare': answer('', {}, 302),
  '/tagged': (request, response) => {
    const isKnown = request.headers['if-none-match'] === '"v1"';
    const headers = { 'content-type': 'application/statuslist+jwt', etag: '"v1"' };
    response.writeHead(isKnown ? 304 : 200, headers).end(isKnown ? undefined : 'a.b.c');
  },
  '/unasked': answer('', {}, 304),
  '/done': answer('', {}, 204),
  '/echo': (request, response) => {
    const { authorization, 'content-type': type, 'content-length': length } = request.headers;
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      const seen = JSON.stringify({ method: request.method, authorization, type, length, body });
      response.writeHead(200, { 'content-type': 'application/json' }).end(seen);
    });
  },
  '/to-echo': redirect('/echo'),
};

async function listen(handler: Handler): Promise<Server> {
  const created = createServer(handler);
  await new Promise<void>((resolve) => created.listen(0, '127.0.0.1', resolve));
  return created;
}
const originOf = (of: Server) => `http://127.0.0.1:${(of.address() as AddressInfo).port}`;

beforeAll(async () => {
  foreign = await listen(answer('{"foreign":true}'));
  const elsewhere = redirect(originOf(foreign));
  server = await listen((request, response) => {
    requests += 1;
    if (request.url === '/elsewhere') elsewhere(request, response);
    else paths[request.url ?? '']?.(request, response);
  });
  origin = originOf(server);
});

afterAll(() => {
  for (const one of [server, foreign]) {
    one.close();
    one.closeAllConnections();
  }
});

const fetchJson = (path: string, options: OutboundOptions = {}) =>
  createOutbound({ timeoutSeconds: 2, ...options }).fetchJson(origin + path);
const fault = (name: string) => expect.objectContaining({ name: 'OutboundError', fault: name });

describe('the outbound client', () => {
  it('fetches JSON and returns how long it is valid', async () => {
    expect(await fetchJson('/json')).toEqual({ body: { a: 1 }, maxAgeSeconds: 120 });
    expect(await fetchJson('/jwks')).toEqual({ body: { keys: [] }, maxAgeSeconds: undefined });
  });

  it.each([
    ['/html', 'content_wrong'],
    ['/none', 'content_wrong'],
    ['/broken', 'content_wrong'],
    ['/gzip', 'content_wrong'],
    ['/missing', 'status_wrong'],
    ['/fault', 'status_wrong'],
    ['/bare', 'status_wrong'],
    ['/reset', 'unreachable'],
    ['/once', 'redirect_refused'],
    ['/scheme', 'redirect_refused'],
  ])('refuses %s as %s', async (path, name) => {
    await expect(fetchJson(path)).rejects.toEqual(fault(name));
  });

  it('cuts off an answer that is too large, announced or endless', async () => {
    await expect(fetchJson('/large', { maxBytes: 1000 })).rejects.toEqual(fault('too_large'));
    await expect(fetchJson('/endless')).rejects.toEqual(fault('too_large'));
  });

  it.each(['/hanging', '/stalled'])('waits for %s no longer than its time', async (path) => {
    await expect(fetchJson(path, { timeoutSeconds: 0.05 })).rejects.toEqual(fault('too_slow'));
  });

  it('follows redirects within one origin, as many as allowed', async () => {
    expect(await fetchJson('/once', { maxRedirects: 1 })).toMatchObject({ body: { a: 1 } });
    const before = requests;
    await expect(fetchJson('/loop', { maxRedirects: 3 })).rejects.toEqual(
      fault('redirect_refused'),
    );
    expect(requests - before).toBe(4);
  });

  it('follows no redirect to another origin without TLS, or to another scheme', async () => {
    await expect(fetchJson('/elsewhere', { maxRedirects: 3 })).rejects.toEqual(
      fault('redirect_refused'),
    );
    await expect(fetchJson('/scheme', { maxRedirects: 3 })).rejects.toEqual(
      fault('address_refused'),
    );
  });

  it.each([
    'file:///etc/passwd',
    'data:application/json,{}',
    'ftp://example.org',
    'https://a:b@example.org',
    'x',
    '',
  ])('does not go to %s', async (url) => {
    await expect(createOutbound().fetchJson(url)).rejects.toEqual(fault('address_refused'));
  });

  it('shows nothing of path and query in its errors', async () => {
    const url = `${originOf(foreign)}/secret?token=secret`;
    await expect(createOutbound({ maxBytes: 1 }).fetchJson(url)).rejects.not.toThrow(/secret/);
  });
});

const everyPrivate = [
  '127.0.0.1',
  '2130706433',
  '0x7f.1',
  '0177.0.0.1',
  '127.1',
  '0',
  '10.0.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '255.255.255.255',
  '[::1]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[64:ff9b::7f00:1]',
  '[2002:7f00:1::]',
  '[fe80::1]',
  '[fd00:ec2::254]',
  '[ff02::1]',
];

const guarded = (lookup?: Lookup) =>
  createPublicOutbound({ timeoutSeconds: 2, ...(lookup === undefined ? {} : { lookup }) });
const resolveTo =
  (...addresses: string[]): Lookup =>
  (_hostname, _options, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );

describe('the outbound client for addresses of others', () => {
  it.each(everyPrivate)('does not go to %s', async (host) => {
    await expect(guarded().fetchJson(`http://${host}/`)).rejects.toEqual(fault('address_refused'));
  });

  it.each([['127.0.0.1'], ['::ffff:10.0.0.1'], ['93.184.216.34', '169.254.169.254'], []])(
    'does not go to a name that resolves to %s',
    async (...addresses) => {
      const before = requests;
      const url = origin.replace('127.0.0.1', 'rebound.example');
      await expect(guarded(resolveTo(...addresses)).fetchJson(`${url}/json`)).rejects.toEqual(
        fault('address_refused'),
      );
      expect(requests).toBe(before);
    },
  );

  it('connects to the address that was checked, and resolves the name once', async () => {
    let lookups = 0;
    const lookup: Lookup = (hostname, options, callback) => {
      lookups += 1;
      // A second lookup would find a public address. It must never be used.
      resolveTo(lookups === 1 ? '127.0.0.1' : '93.184.216.34')(hostname, options, callback);
    };
    await expect(guarded(lookup).fetchJson('http://rebound.example/')).rejects.toEqual(
      fault('address_refused'),
    );
    expect(lookups).toBe(1);
  });

  it.each(['8.8.8.8', '93.184.216.34', '2606:4700::1111', '172.32.0.1', '100.128.0.1'])(
    'accepts %s as public',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  it.each(['', 'localhost', '1.2.3', 'fe80::1%eth0'])(
    'does not accept %j as a public address',
    (address) => {
      expect(isPublicAddress(address)).toBe(false);
    },
  );
});

describe('a request that is sent', () => {
  const outbound = createOutbound({ timeoutSeconds: 2, maxBytes: 1000, maxRedirects: 1 });
  const send = (path: string, request: Partial<OutboundRequest> = {}) =>
    outbound.send(origin + path, { accept: 'application/json', ...request });
  const secret = { authorization: 'Basic YTpi' };

  it('asks whether a document has changed, and gets the answer without its text', async () => {
    const accept = 'application/statuslist+jwt';
    expect(await send('/tagged', { accept })).toMatchObject({
      status: 200,
      text: 'a.b.c',
      etag: '"v1"',
    });
    const known = { accept, headers: { 'if-none-match': '"v1"' } };
    expect(await send('/tagged', known)).toMatchObject({ status: 304, text: '', etag: '"v1"' });
    const other = { accept, headers: { 'if-none-match': '"v0"' } };
    expect(await send('/tagged', other)).toMatchObject({ status: 200, text: 'a.b.c' });
  });

  it('accepts any of the types that it names, and no other', async () => {
    const accept = 'application/jwt, application/statuslist+jwt';
    expect(await send('/tagged', { accept })).toMatchObject({ status: 200, text: 'a.b.c' });
    const fault = { fault: 'content_wrong' };
    await expect(send('/html', { accept })).rejects.toMatchObject(fault);
    await expect(send('/none', { accept })).rejects.toMatchObject(fault);
    await expect(send('/json', { accept })).rejects.toMatchObject(fault);
  });

  it('accepts 304 only for a conditional request, and 204 only for POST', async () => {
    await expect(send('/unasked')).rejects.toMatchObject({ fault: 'status_wrong' });
    await expect(send('/done')).rejects.toMatchObject({ fault: 'status_wrong' });
    expect(await send('/done', { method: 'POST', body: '{}' })).toMatchObject({
      status: 204,
      text: '',
    });
  });

  it('carries its method, headers and body', async () => {
    const headers = { ...secret, 'content-type': 'application/json' };
    const { text } = await send('/echo', { method: 'POST', headers, body: '{"é":1}' });
    expect(JSON.parse(text)).toEqual({
      method: 'POST',
      authorization: 'Basic YTpi',
      type: 'application/json',
      length: '8',
      body: '{"é":1}',
    });
  });

  it('is bounded by its own size where it has one', async () => {
    await expect(send('/large')).rejects.toMatchObject({ fault: 'too_large' });
    expect((await send('/large', { maxBytes: 3000 })).text).toHaveLength(2008);
    await expect(send('/echo', { maxBytes: 10 })).rejects.toMatchObject({ fault: 'too_large' });
  });

  it('does not post to where it is redirected', async () => {
    expect(JSON.parse((await send('/to-echo', { headers: secret })).text)).toMatchObject({
      authorization: 'Basic YTpi',
    });
    await expect(send('/to-echo', { method: 'POST', body: 'x' })).rejects.toMatchObject({
      fault: 'redirect_refused',
    });
  });
});
