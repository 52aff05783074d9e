import { createServer, type RequestListener, ServerResponse } from 'node:http';
import {
  connect as connectHttp2,
  createServer as createHttp2Server,
  type IncomingHttpHeaders,
} from 'node:http2';
import { createServer as createHttpsServer, request as requestHttps } from 'node:https';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import fastify from 'fastify';
import Koa from 'koa';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Guard } from '../guard.ts';
import { createCertificate } from '../testing-parts/certificate.ts';
import {
  asForm,
  bearer,
  createGuardFixture,
  createIssuer,
  createStage,
  send,
} from '../testing-parts/fixture.ts';
import { mounts } from '../testing-parts/mounts/index.ts';
import { listen } from '../testing-parts/mounts/listening.ts';
import { createFastifyGuard } from './fastify.ts';
import { createKoaGuard } from './koa.ts';
import { presentNode } from './node-presented.ts';

const issuer = await createIssuer();

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

async function listening<T extends Server>(server: T): Promise<T> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return server;
}

function formHead(length: number): string {
  const type = 'content-type: application/x-www-form-urlencoded';
  return `POST /read HTTP/1.1\r\nhost: x\r\n${type}\r\ncontent-length: ${length}\r\n\r\n`;
}

describe('a form that is too large', () => {
  const onNode = mounts.filter(({ name }) =>
    ['node:http', 'Express', 'Fastify', 'Koa', 'NestJS', 'MCP'].includes(name),
  );

  it.each(onNode)(
    'is not read to its end on $name: the connection is closed',
    async ({ mount }) => {
      const stage = await createStage(mount);
      onTestFinished(() => stage.served.close());
      const socket = connect(Number(new URL(stage.served.origin).port), '127.0.0.1');
      socket.on('error', () => {});
      // A body that is never complete: only closing the connection ends the request.
      socket.write(formHead(900_000_000) + 'a'.repeat(5000));
      const answer = await text(socket);
      expect(answer).toMatch(/^HTTP\/1\.1 413 /);
      expect(answer).toMatch(/\r\nconnection: close\r\n/i);
    },
  );
});

describe('a form that breaks off', () => {
  // Here the carrier of web-standard requests reads the whole body before there is a request.
  const reading = mounts.filter(
    ({ name, parsesFirst }) => name !== 'web-standard requests' && parsesFirst !== true,
  );

  it.each(reading)(
    'is a fault of the request on $name, and not of the guard',
    async ({ mount }) => {
      const stage = await createStage(mount);
      onTestFinished(() => stage.served.close());
      const socket = connect(Number(new URL(stage.served.origin).port), '127.0.0.1');
      socket.on('error', () => {}).resume();
      socket.end(`${formHead(900)}access_token=`);
      await vi.waitFor(() =>
        expect(stage.events.map(({ reason }) => reason)).toEqual(['parameter_malformed']),
      );
      expect((await stage.ask('/read', { headers: bearer(stage.issuer.token()) })).status).toBe(
        200,
      );
    },
  );
});

describe('HTTP/2', () => {
  type Carry = (...carried: Parameters<RequestListener>) => unknown;
  const carriers: readonly (readonly [string, (guard: Guard) => Promise<Carry>])[] = [
    [
      'node:http2',
      async (guard) =>
        guard.node({ scope: 'buildings:read' }, (_request, response) => response.end('passed')),
    ],
    [
      'Koa',
      async (guard) => {
        const app = new Koa();
        app.use(
          createKoaGuard(guard)(
            { scope: 'buildings:read' },
            (context) => void (context.body = 'passed'),
          ),
        );
        return app.callback();
      },
    ],
    [
      'Fastify',
      async (guard) => {
        const app = fastify({ http2: true });
        const form = 'application/x-www-form-urlencoded';
        app.addContentTypeParser(form, { parseAs: 'string' }, (_request, _body, done) =>
          done(null),
        );
        app.all(
          '/',
          createFastifyGuard(guard)({ scope: 'buildings:read' }, async () => 'passed'),
        );
        await app.ready();
        return (request, response) => app.routing(request as never, response as never);
      },
    ],
  ];

  async function ask(
    port: number,
    headers: Readonly<Record<string, string>>,
    body = '',
  ): Promise<{ headers: IncomingHttpHeaders; text: string }> {
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    onTestFinished(() => session.destroy());
    const stream = session.request({ ':path': '/', ...headers });
    if (body !== '') stream.end(body);
    const answered = new Promise<IncomingHttpHeaders>((resolve, reject) =>
      stream.once('response', resolve).once('error', reject),
    );
    return { headers: await answered, text: await text(stream) };
  }

  it.each(carriers)('gets the same answers on %s', async (_name, carry) => {
    const { guard } = createGuardFixture([issuer.key], { maxFormBytes: 4000 });
    const listener = await carry(guard);
    const server = createHttp2Server((request, response) =>
      listener(request as never, response as never),
    );
    await listening(server);
    const port = portOf(server);
    const form = { ':method': 'POST', 'content-type': 'application/x-www-form-urlencoded' };

    const missing = await ask(port, {});
    expect([missing.headers[':status'], missing.headers['content-type']]).toEqual([
      401,
      'application/problem+json',
    ]);
    expect((await ask(port, { ':method': 'HEAD' })).headers[':status']).toBe(401);
    expect((await ask(port, { authorization: `Bearer ${issuer.token()}` })).text).toBe('passed');
    expect((await ask(port, form, `access_token=${issuer.token()}`)).text).toBe('passed');
    const large = await ask(port, form, `access_token=${'a'.repeat(5000)}`);
    expect([large.headers[':status'], large.headers['connection']]).toEqual([413, undefined]);
  });
});

describe('the facts of a request', () => {
  it('contain only the certificate that the client presented on this connection', async () => {
    const [server, client] = [createCertificate('server'), createCertificate('client')];
    const seen: (Uint8Array | undefined)[] = [];
    const listener: RequestListener = (request, response) => {
      seen.push(presentNode(request, request.url).certificate());
      response.end();
    };
    const { cert, key } = server;
    const https = await listening(
      createHttpsServer({ cert, key, requestCert: true, rejectUnauthorized: false }, listener),
    );
    const http = await listening(createServer(listener));
    const ask = (options: object) =>
      new Promise<void>((resolve, reject) => {
        requestHttps({
          port: portOf(https),
          host: '127.0.0.1',
          rejectUnauthorized: false,
          agent: false,
          ...options,
        })
          .on('response', (response) => void text(response).then(() => resolve()))
          .on('error', reject)
          .end();
      });
    await ask({ cert: client.cert, key: client.key });
    await ask({});
    await fetch(`http://127.0.0.1:${portOf(http)}`, {
      headers: { 'client-cert': client.der.toString('base64') },
    });
    expect(seen.map((one) => one && Buffer.from(one).equals(client.der))).toEqual([
      true,
      undefined,
      undefined,
    ]);
  });

  it('are those of the path if the target is a whole address, with any host (RFC 9112 §3.2.2)', async () => {
    const stage = await createStage(mounts[0]!.mount);
    onTestFinished(() => stage.served.close());
    const targets = ['http://other.example/read?x=1', '*', '//read/x', '/read#x'];
    const present = (url: string) => presentNode({ url } as never, url).target;
    expect(targets.map(present)).toEqual(['/read?x=1', '/', '//read/x', '/read#x']);
  });
});

describe('a request that other code has answered', () => {
  it('while the guard was waiting for keys is not answered again, and no error ends the process', async () => {
    const unhandled = vi.fn<(reason: unknown) => void>();
    process.on('unhandledRejection', unhandled);
    onTestFinished(() => void process.off('unhandledRejection', unhandled));
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const fetchJson = async () => {
      await gate;
      throw new Error('no keys');
    };
    const { guard, events } = createGuardFixture([], {
      issuer: {
        issuer: 'https://issuer.example',
        keys: { jwksUri: 'https://issuer.example/jwks' },
      },
      keys: undefined as never,
      outbound: { fetchJson, send: () => Promise.reject(new Error('not here')) },
    });
    const listener = guard.node({}, (_request, response) => response.end('passed'));
    const served = await listen((request, response) => {
      void listener(request, response);
      response.writeHead(504).end('too slow');
    });
    onTestFinished(() => served.close());
    const reply = await send(served.origin, { headers: bearer(issuer.token()) });
    open();
    await vi.waitFor(() =>
      expect(events.map(({ reason }) => reason)).toEqual(['keys_unavailable']),
    );
    await new Promise((resolve) => setImmediate(resolve));
    expect([reply.status, reply.text]).toEqual([504, 'too slow']);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

describe('a WebSocket', () => {
  it('passes every route, and is checked with a response of its own (docs/guides/protect/node-http.md)', async () => {
    const { guard } = createGuardFixture([issuer.key]);
    const server = createServer((_request, response) => response.end('a route'));
    server.on('upgrade', (request, socket) => {
      const response = new ServerResponse(request);
      response.assignSocket(socket as Socket);
      response.on('finish', () => socket.end());
      const join = guard.node({ scope: 'buildings:read' }, () => {
        response.detachSocket(socket as Socket);
        socket.end(
          'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\nwelcome',
        );
      });
      void join(request, response);
    });
    await listening(server);
    const ask = async (token: string) => {
      const socket = connect(portOf(server), '127.0.0.1');
      const head = `GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: echo\r\n`;
      socket.write(`${head}authorization: Bearer ${token}\r\n\r\n`);
      return text(socket);
    };
    const refused = await ask('bad');
    expect(refused).toMatch(/^HTTP\/1\.1 401 /);
    expect(refused).toContain('"reason":"token_malformed"');
    expect(await ask(issuer.token({ scope: '' }))).toMatch(/^HTTP\/1\.1 403 /);
    const joined = await ask(issuer.token());
    expect(joined).toMatch(/^HTTP\/1\.1 101 [^]*welcome$/);
  });
});

describe('the guard on node:http', () => {
  it('does not wait for a body that was already read, or that was empty', async () => {
    const { guard } = createGuardFixture([issuer.key]);
    const listener = guard.node({}, (_request, response) => response.end('passed'));
    const served = await listen((request, response) => {
      request.resume().on('end', () => void listener(request, response));
    });
    onTestFinished(() => served.close());
    const sent = asForm({ access_token: issuer.token() });
    const ask = (headers: readonly string[], body = sent.body) =>
      fetch(served.origin, {
        method: 'POST',
        headers: [
          ['content-type', 'application/x-www-form-urlencoded'],
          ...(headers.length > 0 ? [[headers[0]!, headers[1]!]] : []),
        ] as [string, string][],
        body: body ?? '',
      });
    expect((await ask([])).status).toBe(401);
    expect((await ask([], '')).status).toBe(401);
    expect(await (await ask(bearer(issuer.token()))).text()).toBe('passed');
  });
});
