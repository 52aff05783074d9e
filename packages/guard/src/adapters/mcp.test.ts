import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  discoverOAuthProtectedResourceMetadata,
  extractWWWAuthenticateParams,
} from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js';
import express, { type Request } from 'express';
import { describe, expect, expectTypeOf, it, onTestFinished } from 'vitest';
import type { Caller } from '../caller.ts';
import type { Guard } from '../guard.ts';
import {
  createGuardFixture,
  createIssuer,
  type GuardFixture,
  issuer as issuerName,
} from '../testing-parts/fixture.ts';
import { anyOrigin, createMcpGuard, type McpGuardOptions, type McpRequest } from './mcp.ts';
import { answerWellKnown } from './well-known.ts';

const issuer = await createIssuer();

interface McpStage extends GuardFixture {
  readonly address: string;
  /** With these headers in each request, also when they change. */
  readonly connect: (headers?: Record<string, string>) => Promise<Client>;
}

/** The guard's audience is the address that clients know, as MCP asks. */
async function stageOf(build: (guard: Guard) => RequestListener): Promise<McpStage> {
  let listener: RequestListener = () => {};
  const server = createServer((request, response) => listener(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
  const fixture = createGuardFixture([issuer.key], { audience: address });
  listener = build(fixture.guard);
  const connect = async (headers: Record<string, string> = {}) => {
    const client = new Client({ name: 'test', version: '1' });
    onTestFinished(() => client.close());
    await client.connect(
      new StreamableHTTPClientTransport(new URL(address), { requestInit: { headers } }),
    );
    return client;
  };
  return { ...fixture, address, connect };
}

/** A server and its transport for one request. Nothing is kept between two requests. */
async function serve(
  request: McpRequest,
  response: Parameters<RequestListener>[1],
  tool: (info: AuthInfo | undefined) => string,
) {
  const server = new McpServer({ name: 'test', version: '1' });
  server.registerTool('who', {}, async ({ authInfo }) => ({
    content: [{ type: 'text', text: tool(authInfo) }],
  }));
  const transport = new StreamableHTTPServerTransport({});
  response.on('close', () => void server.close());
  await server.connect(transport);
  await transport.handleRequest(request, response, request.body);
}

const answerText = (value: unknown) => ({
  content: [{ type: 'text' as const, text: JSON.stringify(value) }],
});

const textOf = async (client: Client) => {
  const { content } = await client.callTool({ name: 'who' });
  return JSON.parse((content as [{ text: string }])[0].text) as unknown;
};

describe('the guard before an MCP server', () => {
  it('gives tools the caller, with types, and no token', async () => {
    const { connect, address } = await stageOf((guard) => {
      const protect = createMcpGuard(guard);
      const options = { scope: 'buildings:read', resource: () => ({ size: 3 }) };
      const calling = protect(options, (request, response, { caller, resource }) => {
        expectTypeOf(caller).toEqualTypeOf<Caller>();
        expectTypeOf(resource).toEqualTypeOf<{ size: number }>();
        return serve(request, response, (authInfo) => {
          const { extra, ...info } = authInfo!;
          return JSON.stringify({
            info,
            subject: caller.subject,
            resource,
            same: extra?.['caller'] === caller,
          });
        });
      });
      return (request, response) => void calling(request, response);
    });
    const client = await connect({ authorization: `Bearer ${issuer.token({ aud: address })}` });
    expect(await textOf(client)).toEqual({
      info: {
        token: '',
        clientId: 'heatlens',
        scopes: ['buildings:read'],
        expiresAt: 1_800_000_600,
      },
      subject: 'usr_ada',
      resource: { size: 3 },
      same: true,
    });
  });

  it('gives the tools of a session the caller of each call', async () => {
    const { connect, address } = await stageOf((guard) => {
      const server = new McpServer({ name: 'test', version: '1' });
      const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: randomUUID });
      const calling = createMcpGuard(guard)({ optional: true }, async (request, response) => {
        if (!server.isConnected()) await server.connect(transport);
        return transport.handleRequest(request, response);
      });
      server.registerTool('who', {}, async ({ authInfo }) => {
        if (authInfo === undefined) return answerText('nobody');
        // An object that only looks like the guard's own.
        expect(() => calling.accessOf({ ...authInfo })).toThrow(
          'This guard is not in front of this route.',
        );
        expectTypeOf(calling.accessOf(authInfo).caller).toEqualTypeOf<Caller | undefined>();
        return answerText(calling.accessOf(authInfo).caller?.subject);
      });
      return (request, response) => void calling(request, response);
    });
    const authorization: Record<string, string> = {};
    const client = await connect(authorization);
    expect(await textOf(client)).toBe('nobody');
    for (const sub of ['usr_ada', 'usr_bob']) {
      authorization['authorization'] = `Bearer ${issuer.token({ aud: address, sub })}`;
      expect(await textOf(client)).toBe(sub);
    }
  });

  it('leads a client without a token to its metadata, as the SDK reads it (RFC 9728 §5)', async () => {
    const { address, connect } = await stageOf((guard) => {
      const calling = createMcpGuard(guard)({ scope: 'mcp:tools' }, (_request, response) =>
        response.end(),
      );
      return (request, response) => {
        if (!answerWellKnown(guard, request, response)) void calling(request, response);
      };
    });
    await expect(connect()).rejects.toThrow();
    const refused = await fetch(address, { method: 'POST' });
    const { resourceMetadataUrl, scope } = extractWWWAuthenticateParams(refused);
    expect(resourceMetadataUrl?.href).toBe(
      address.replace('/mcp', '/.well-known/oauth-protected-resource/mcp'),
    );
    expect(scope).toBe('mcp:tools');
    const found = await discoverOAuthProtectedResourceMetadata(address);
    expect(found).toMatchObject({ resource: address, authorization_servers: [issuerName] });
  });

  it('is a middleware for Express, before or after its parser', async () => {
    const { connect, address } = await stageOf((guard) => {
      const protect = createMcpGuard<Request>(guard);
      const calling = protect({});
      const app = express().use(protect.wellKnown);
      app.post('/mcp', express.json(), calling, (request, response) =>
        serve(request as IncomingMessage as McpRequest, response, (authInfo) =>
          JSON.stringify(calling.accessOf(authInfo).caller.subject),
        ),
      );
      return app;
    });
    expect(
      await textOf(await connect({ authorization: `Bearer ${issuer.token({ aud: address })}` })),
    ).toBe('usr_ada');
    await expect(connect({ authorization: `Bearer ${issuer.token()}` })).rejects.toThrow();
  });
});

describe('the Origin of a request to an MCP server (Streamable HTTP, Security Warning)', () => {
  const page = 'https://app.example';

  async function stageWith(options?: McpGuardOptions<McpRequest>) {
    let handled = 0;
    const stage = await stageOf((guard) => {
      const protect = createMcpGuard(guard, options);
      const calling = protect({}, (_request, response) => {
        handled += 1;
        response.end('done');
      });
      const behind = protect({});
      return (request, response) => {
        if (request.method === 'PUT') return void behind(request, response, () => response.end());
        return void calling(request, response);
      };
    });
    const authorization = `Bearer ${issuer.token({ aud: stage.address })}`;
    const ask = (origin: string | undefined, init: RequestInit = {}) =>
      fetch(stage.address, {
        method: 'POST',
        ...init,
        headers: { authorization, ...(origin === undefined ? {} : { origin }) },
      });
    return { ...stage, ask, handled: () => handled };
  }

  it.each(['GET', 'POST', 'DELETE', 'OPTIONS', 'PUT'])(
    'is refused with 403 to %s, whatever token comes with it, unless it is allowed by name',
    async (method) => {
      const { ask, events, handled } = await stageWith();
      for (const origin of [page, 'http://localhost:6274', 'null', 'https://evil.example']) {
        const reply = await ask(origin, { method });
        expect(reply.status).toBe(403);
        expect(await reply.json()).toMatchObject({
          reason: 'resource_forbidden',
          error: 'access_denied',
        });
        expect(events.at(-1)).toMatchObject({
          reason: 'resource_forbidden',
          note: `Origin "${origin}" is not among allowedOrigins`,
        });
      }
      expect(handled()).toBe(0);
    },
  );

  it('is not needed by a program, which sends none', async () => {
    const { ask, handled } = await stageWith();
    expect((await ask(undefined)).status).toBe(200);
    expect(handled()).toBe(1);
  });

  it('is allowed as a whole: scheme, host and port', async () => {
    const { ask } = await stageWith({ allowedOrigins: [page, 'vscode-file://vscode-app'] });
    for (const origin of [page, 'vscode-file://vscode-app'])
      expect((await ask(origin)).status).toBe(200);
    const others = [
      'http://app.example',
      `${page}:8443`,
      `${page}.evil.example`,
      `${page}, ${page}`,
    ];
    for (const origin of others) expect((await ask(origin)).status, origin).toBe(403);
  });

  it('is not checked if any is allowed, and the token is checked', async () => {
    const { ask, address } = await stageWith({ allowedOrigins: anyOrigin });
    expect((await ask('https://evil.example')).status).toBe(200);
    expect((await fetch(address, { headers: { origin: page } })).status).toBe(401);
  });

  it('is named in the log at 200 characters at most', async () => {
    const { ask, events } = await stageWith();
    await ask(`https://${'a'.repeat(5000)}.example`);
    expect(events.at(-1)?.note?.length).toBeLessThan(260);
  });

  const wrong: readonly unknown[] = [
    null,
    '',
    '*',
    page,
    ['*'],
    ['null'],
    [''],
    [null],
    [`${page}/`],
    ['https://App.example'],
    [`${page},https://b.example`],
    ['https://app.example:443'],
    Symbol('anyOrigin'),
    true,
  ];
  it.each(wrong.map((allowedOrigins) => ({ allowedOrigins })))(
    'cannot be allowed as $allowedOrigins',
    (options) => {
      const { guard } = createGuardFixture([issuer.key]);
      expect(() => createMcpGuard(guard, options as never)).toThrow(/^allowedOrigins: /);
    },
  );
});
