/**
 * What the examples are tried with: an issuer, its tokens, a process for each, and what a protected
 * API must answer.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { generateSigningKey, signJwtSync } from '@keywright/jwt';
import { expect, onTestFinished } from 'vitest';

export interface ExampleIssuer {
  readonly issuer: string;
  /** A good token of the service `thermometer` for this API, with changes. */
  readonly token: (audience: string, claims?: Record<string, unknown>) => string;
  readonly close: () => void;
}

/** As much of an issuer as a guard needs: its metadata and its keys. */
export async function startIssuer(): Promise<ExampleIssuer> {
  const key = await generateSigningKey('ES256');
  const signingKey = { kid: key.kid, algorithm: 'ES256', privateKey: key.privateKey } as const;
  const server = createServer((request, response) => {
    const metadata = { issuer, jwks_uri: `${issuer}/jwks` };
    const body = request.url === '/jwks' ? { keys: [key.publicJwk] } : metadata;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  const issuer = `http://127.0.0.1:${await portOf(server)}`;
  return {
    issuer,
    token(audience, claims = {}) {
      const exp = Math.floor(Date.now() / 1000) + 60;
      const named = { iss: issuer, aud: audience, sub: 'thermometer', client_id: 'thermometer' };
      return signJwtSync(signingKey, 'at+jwt', {
        ...named,
        scope: 'buildings:read',
        exp,
        ...claims,
      });
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function findFreePort(): Promise<number> {
  const server = createTcpServer();
  const port = await portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Until it answers anything, or ends. */
async function waitForAnswer(
  child: ChildProcess,
  address: string,
  said: () => string,
): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (child.exitCode !== null) throw new Error(`It has ended: ${said()}`);
    if ((await fetch(address).catch(() => undefined)) !== undefined) return;
    await wait(50);
  }
  throw new Error(`It answers nothing: ${said()}`);
}

/**
 * Starts a program until the end of the test. Answers where it listens; its audience is that
 * address with `under`.
 */
export async function startExample(
  file: string,
  { issuer }: ExampleIssuer,
  under = '',
): Promise<string> {
  const port = await findFreePort();
  const audience = `http://localhost:${port}${under}`;
  const env = { ...process.env, ISSUER: issuer, AUDIENCE: audience, PORT: String(port) };
  const child = spawn(process.execPath, [file], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => (said += String(chunk)));
  onTestFinished(async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode === null && child.kill('SIGKILL')) await ended;
  });
  await waitForAnswer(child, audience, () => said);
  return audience;
}

/** The whole contract, in short, on an API of buildings. */
export async function assertProtected(
  origin: string,
  { issuer, token }: ExampleIssuer,
): Promise<void> {
  const ask = async (id: string, credential?: string) => {
    const headers: Record<string, string> =
      credential === undefined ? {} : { authorization: `Bearer ${credential}` };
    const response = await fetch(`${origin}/buildings/${id}`, { headers });
    const text = await response.text();
    const challenge = response.headers.get('www-authenticate');
    return {
      status: response.status,
      challenge,
      body: text === '' ? {} : (JSON.parse(text) as { reason?: string }),
    };
  };
  const good = token(origin);
  expect(await ask('b-1', good)).toMatchObject({
    status: 200,
    body: { id: 'b-1', name: 'Harbour House' },
  });
  const metadata = `${origin}/.well-known/oauth-protected-resource`;
  const realm = `Bearer realm="${origin}", resource_metadata="${metadata}"`;
  expect(await ask('b-1')).toMatchObject({
    status: 401,
    challenge: `${realm}, scope="buildings:read"`,
  });
  expect(await ask('b-1', token('https://other.example'))).toMatchObject({
    status: 401,
    body: { reason: 'token_audience_wrong' },
  });
  expect(await ask('b-1', token(origin, { scope: 'boxes:read' }))).toMatchObject({
    status: 403,
    body: { reason: 'scope_insufficient' },
  });
  expect(await ask('b-2', good)).toMatchObject({
    status: 403,
    body: { reason: 'resource_forbidden' },
  });
  expect((await ask('b-3', good)).status).toBe(404);
  expect((await ask('b-3')).status).toBe(401);
  expect(await (await fetch(metadata)).json()).toMatchObject({
    resource: origin,
    authorization_servers: [issuer],
  });
}
