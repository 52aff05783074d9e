import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { AnyEvent, HttpRequest, HttpResponse } from '@keywright/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createListener } from './listener.ts';
import { type RunningServer, startNodeServer } from './node-server.ts';
import type { Entrance } from './observed-server.ts';
import { createOwnRoutes } from './own-routes.ts';
import { createCarrierRefusals } from './refusals.ts';
import { createResting } from './resting.ts';
import { responseDefaults } from './response.ts';

const issuer = 'https://login.example';
const seen: HttpRequest[] = [];
const events: AnyEvent[] = [];
let respond: (request: HttpRequest) => Promise<HttpResponse>;
let stopping = false;
let ready = true;
let milliseconds = 0;
let server: RunningServer;

beforeAll(async () => {
  const listener = createListener({
    server: {
      handle: (request) => {
        seen.push(request);
        return respond(request);
      },
    },
    ownRoutes: createOwnRoutes(
      [{ path: '/assets/a.css', body: 'a{}', contentType: 'text/css; charset=utf-8' }],
      {
        probe: () => (ready ? Promise.resolve() : Promise.reject(new Error('full'))),
        isStopping: () => stopping,
      },
      () => (milliseconds += 1000),
    ),
    refusals: createCarrierRefusals(issuer, { emit: (event) => void events.push(event) }),
    defaults: responseDefaults(issuer),
    trustedProxies: undefined,
    isStopping: () => stopping,
  });
  server = await startNodeServer(listener, '127.0.0.1', 0);
});
afterAll(() => server.stop(0));

const ok = (body = 'ok', headers: HttpResponse['headers'] = {}) => {
  respond = () => Promise.resolve({ status: 200, headers, body });
};
const at = (path: string) => `http://127.0.0.1:${server.port}${path}`;
const form = { 'content-type': 'application/x-www-form-urlencoded' };

/** Sends bytes as they are and answers all that comes back until the connection ends. */
function raw(lines: string): Promise<string> {
  const socket = connect(server.port, '127.0.0.1');
  socket.write(lines);
  return text(socket);
}

describe('an HTTP request', () => {
  test('reaches core as plain data', async () => {
    ok();
    await fetch(at('/token?a=b'), { method: 'POST', headers: form, body: 'grant_type=x' });
    expect(seen.at(-1)).toMatchObject({
      method: 'POST',
      path: '/token',
      query: 'a=b',
      body: 'grant_type=x',
      remoteAddress: '127.0.0.1',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
  });

  test('keeps repeated Authorization headers, which core refuses', async () => {
    ok();
    await raw(
      'GET /userinfo HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\nConnection: close\r\n\r\n',
    );
    expect(seen.at(-1)?.headers['authorization']).toBe('Bearer a, Bearer b');
  });

  test('with two Hosts, or an invalid one, is refused, and the next on its connection is not (RFC 9112 §3.2)', async () => {
    ok();
    const before = seen.length;
    for (const hosts of ['Host: a\r\nHost: b', 'Host: a\r\nHost: a', 'Host: a/b', 'Host: a b'])
      for (const path of ['/token', '/health/live', '/assets/a.css'])
        expect(
          await raw(
            `GET ${path} HTTP/1.1\r\n${hosts}\r\n\r\nGET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
          ),
        ).toMatch(/^HTTP\/1.1 400 [^]*\/errors\/parameter_malformed\?[^]*HTTP\/1.1 200 /);
    expect(seen).toHaveLength(before + 4);
  });

  test('may have a body of 64 KiB, and a larger one is answered with 413 and a closed connection', async () => {
    ok();
    const post = (length: number) =>
      fetch(at('/token'), { method: 'POST', headers: form, body: 'a'.repeat(length) });
    expect((await post(65_536)).status).toBe(200);
    const over = await post(65_537);
    expect(over.status).toBe(413);
    expect(over.headers.get('connection')).toBe('close');
    expect(await over.json()).toMatchObject({
      error: 'invalid_request',
      error_uri: expect.stringContaining('/errors/body_too_large?'),
    });
  });

  test('is refused with 413 while a large body still arrives, with or without a stated length', async () => {
    const before = seen.length;
    const stated = await raw(
      `POST /token HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n${'a'.repeat(300_000)}`,
    );
    const chunk = `${(70_000).toString(16)}\r\n${'a'.repeat(70_000)}\r\n`;
    const chunked = await raw(
      `POST /token HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}0\r\n\r\n`,
    );
    expect(stated).toMatch(/^HTTP\/1.1 413 /);
    expect(chunked).toMatch(/^HTTP\/1.1 413 /);
    expect(seen).toHaveLength(before);
  });

  test('with a body that is not UTF-8 is refused', async () => {
    const response = await fetch(at('/token'), {
      method: 'POST',
      headers: form,
      body: new Uint8Array([97, 0xff]),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error_uri: expect.stringContaining('/errors/parameter_malformed?'),
    });
  });

  test('that is not HTTP gets a plain 400 and a closed connection', async () => {
    expect(await raw('hello\r\n\r\n')).toBe(
      'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
    );
    expect(await raw(`GET / HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 431 /,
    );
    expect(await raw('OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1.1 400 /,
    );
  });

  test('with Expect: 100-continue is told to continue only when its body is acceptable', async () => {
    ok();
    const head = (length: number) =>
      `POST /token HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n`;
    expect(await raw(`${head(2)}ab`)).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 /);
    expect(await raw(head(70_000))).toMatch(/^HTTP\/1.1 413 /);
    expect(await raw('POST / HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\n\r\n')).toMatch(
      /^HTTP\/1.1 417 /,
    );
  });

  test('that was sent early begins after the answer to the one before, and answers are in order (RFC 9112 §9.3.2)', async () => {
    let inWork = 0;
    let most = 0;
    respond = async ({ path }) => {
      inWork += 1;
      most = Math.max(most, inWork);
      await new Promise((resolve) => setImmediate(resolve));
      inWork -= 1;
      return { status: 200, headers: {}, body: `[${path}]` };
    };
    const paths = Array.from({ length: 200 }, (_, index) => `/${index}`);
    const requests = paths.map((path) =>
      Number(path.slice(1)) % 3 === 0
        ? `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na=b`
        : `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`,
    );
    const last = 'GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
    const answers = await raw(requests.join('') + last);
    expect(answers.match(/(?<=\[)\/\w+(?=\])/g)).toEqual([...paths, '/last']);
    expect(most).toBe(1);
  });

  test('with a body, and with bytes after it that are not HTTP, is answered before these are refused', async () => {
    ok('done');
    const post = 'POST /token HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n';
    for (const [head, statuses] of [
      [post, ['200', '400']],
      // RFC 9112 §9.6: after this one, nothing more is read.
      [`${post}Connection: close\r\n`, ['200']],
    ] as const)
      expect((await raw(`${head}\r\na=bHELLO\r\n\r\n`)).match(/(?<=HTTP\/1.1 )\d+/g)).toEqual(
        statuses,
      );
  });

  test('to upgrade is answered as if it had not asked for that', async () => {
    ok();
    expect(
      await raw(
        'GET /a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n',
      ),
    ).toMatch(/^HTTP\/1.1 200 /);
  });
});

describe('an HTTP response', () => {
  test('states its length and, with an https issuer, strict transport security', async () => {
    ok('größe', { 'set-cookie': ['a=1', 'b=2'] });
    const response = await fetch(at('/'));
    expect(response.headers.get('content-length')).toBe('7');
    expect(response.headers.get('strict-transport-security')).toBe('max-age=63072000');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  });

  test('that cannot be sent, or was never made, becomes an error without details', async () => {
    ok('x', { location: 'a\r\nset-cookie: b=c' });
    const split = await fetch(at('/'));
    respond = () => Promise.reject(new Error('secret detail'));
    const rejected = await fetch(at('/'));
    expect([split.status, rejected.status]).toEqual([500, 500]);
    expect(split.headers.get('set-cookie')).toBeNull();
    expect(await rejected.text()).not.toContain('secret detail');
  });

  test('closes its connection while the server stops', async () => {
    ok();
    stopping = true;
    const response = await fetch(at('/'));
    const health = await fetch(at('/health/ready'));
    stopping = false;
    expect(response.headers.get('connection')).toBe('close');
    expect(health.status).toBe(503);
  });
});

describe('the log of the HTTP server', () => {
  test('has each refusal with the id of the answer, without the query', async () => {
    ok();
    const post = (body: BodyInit) =>
      fetch(at('/token?client_secret=s3cret'), { method: 'POST', headers: form, body });
    for (const [body, reason] of [
      ['a'.repeat(65_537), 'body_too_large'],
      [new Uint8Array([0xff]), 'parameter_malformed'],
    ] as const) {
      const decision = await decisionIn(await post(body));
      expect(decision).toMatch(/^dec_[\w-]{22}$/);
      expect(events.find((event) => event['decision'] === decision)).toMatchObject({
        type: 'refused',
        reason,
        method: 'POST',
        path: '/token',
      });
    }
    expect(await raw('OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')).toContain(
      String(events.at(-1)?.['decision']),
    );
    expect(JSON.stringify(events)).not.toContain('s3cret');
  });

  test('has the cause of an error, with the id of the answer', async () => {
    respond = () => Promise.reject(new Error('secret detail'));
    const decision = await decisionIn(await fetch(at('/sign-in')));
    const event = events.find((one) => one['decision'] === decision);
    expect(event).toMatchObject({ type: 'fault', reason: 'fault', status: 500, path: '/sign-in' });
    expect(String(event?.['error'])).toContain('secret detail');
  });
});

describe('the server’s own routes', () => {
  test('say whether it runs, and whether it can write', async () => {
    expect(await (await fetch(at('/health/live'))).json()).toEqual({ status: 'live' });
    expect((await fetch(at('/health/ready'))).status).toBe(200);
    ready = false;
    expect((await fetch(at('/health/ready'))).status).toBe(503);
    ready = true;
  });

  test('serve assets that may be cached permanently, for reading only', async () => {
    const asset = await fetch(at('/assets/a.css'));
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(await asset.text()).toBe('a{}');
    const post = await fetch(at('/assets/a.css'), { method: 'POST' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });
});

describe('behind the gate,', () => {
  const said: HttpResponse = { status: 503, headers: { 'retry-after': '1' }, body: 'no' };

  async function startWith(gate: Partial<Entrance>) {
    const handled: HttpRequest[] = [];
    const answered: boolean[] = [];
    const gone = Promise.withResolvers<void>();
    const listener = createListener({
      server: {
        handle: (request) => {
          handled.push(request);
          return { status: 200, headers: {}, body: 'ok' };
        },
      },
      ownRoutes: { answer: () => undefined },
      refusals: createCarrierRefusals(issuer, { emit: () => undefined }),
      defaults: responseDefaults(issuer),
      trustedProxies: undefined,
      gate: {
        refuse: () => undefined,
        rest: () => undefined,
        start: (_method, _path, work) => work(),
        begin: () => undefined,
        end: () => undefined,
        ...gate,
      },
      isStopping: () => false,
    });
    const watched = (from: IncomingMessage, to: ServerResponse): void => {
      listener(from, to);
      answered.push(to.writableEnded);
      to.once('close', gone.resolve);
    };
    const running = await startNodeServer(watched, '127.0.0.1', 0);
    return {
      port: running.port,
      stop: () => running.stop(0),
      handled,
      answered,
      gone: gone.promise,
    };
  }

  test('a refusal is written at once, without waiting for other work', async () => {
    const { port, stop, handled, answered } = await startWith({ refuse: () => said });
    const response = await fetch(`http://127.0.0.1:${port}/token`, {
      method: 'POST',
      headers: form,
      body: 'a=b',
    });
    expect([response.status, await response.text()]).toEqual([503, 'no']);
    expect([answered, handled]).toEqual([[true], []]);
    await stop();
  });

  test('of the requests that arrived together, one is refused before the connection rests', async () => {
    const resting = createResting(() => true);
    const { port, stop, answered } = await startWith({
      refuse: () => said,
      rest: (socket) => resting.rest(socket),
    });
    const socket = connect(port, '127.0.0.1');
    socket.end('GET /token HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(4));
    expect((await text(socket)).match(/HTTP\/1.1 503/g)).toHaveLength(4);
    expect(answered).toEqual([true, false, false, false]);
    resting.stop();
    await stop();
  });

  test('no work is done for a client that left while it waited', async () => {
    const line: (() => void)[] = [];
    const { port, stop, handled, gone } = await startWith({
      start: (_method, _path, work) => void line.push(work),
    });
    const open = () => {
      const socket = connect(port, '127.0.0.1');
      socket.write('GET /token HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
      return socket;
    };
    const leaving = open();
    await expect.poll(() => line.length).toBe(1);
    leaving.destroy();
    await gone;
    const staying = open();
    await expect.poll(() => line.length).toBe(2);
    for (const work of line) work();
    expect(await text(staying)).toMatch(/^HTTP\/1.1 200 /);
    expect(handled).toHaveLength(1);
    await stop();
  });
});

async function decisionIn(answer: Response): Promise<string | null> {
  const { error_uri } = (await answer.json()) as { error_uri: string };
  return new URL(error_uri).searchParams.get('decision');
}
