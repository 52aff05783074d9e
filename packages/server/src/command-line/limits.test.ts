/** Limits as people configure them, at a server that runs. */
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { configuration, secret, useKeywright } from './testing-parts/keywright.ts';

const { serve, write, run } = useKeywright();

function askForToken(address: string, clientSecret = secret) {
  return fetch(`${address}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`declared:${clientSecret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
}

test('the limits of a client and of its network apply at a running server, and not to its health endpoint', async () => {
  const [declared] = configuration.clients;
  const { address } = await serve(
    '--config',
    write('limits.json', {
      ...configuration,
      clients: [{ ...declared, limit: { per_second: 0.001, burst: 2 } }],
      limits: { client: { per_second: 100, burst: 100 }, network: { per_second: 0.001, burst: 1 } },
    }),
  );
  const statuses: number[] = [];
  for (let asked = 0; asked < 2; asked += 1)
    statuses.push((await askForToken(address, 'x'.repeat(43))).status);
  // An unknown caller has used up the limit of the network, and nothing of the client’s limit.
  expect(statuses).toEqual([401, 429]);
  const good = await askForToken(address);
  expect([good.status, good.headers.get('ratelimit')]).toEqual([200, '"client";r=1;t=1000']);
  expect((await askForToken(address)).status).toBe(200);
  const refused = await askForToken(address);
  expect(refused.status).toBe(429);
  expect(refused.headers.get('ratelimit-policy')).toBe('"client";q=2;w=2000');
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(900);
  expect((await fetch(`${address}/sign-in`)).status).toBe(429);
  for (const target of [
    '/health/live',
    '/health/ready',
    '/jwks',
    '/.well-known/openid-configuration',
  ])
    expect((await fetch(`${address}${target}`)).status).toBe(200);
});

test('more connections than `listen.connections` close the idle ones', async () => {
  const listen = { ...configuration.listen, connections: 100 };
  const { address } = await serve(
    '--config',
    write('connections.json', { ...configuration, listen }),
  );
  const port = Number(new URL(address).port);
  const idle = Array.from({ length: 150 }, () => connect(port, '127.0.0.1'));
  const closed = idle.map((socket) => text(socket).catch(() => 'reset'));
  expect(await Promise.race(closed)).toMatch(/^(?:reset)?$/);
  expect((await askForToken(address)).status).toBe(200);
  for (const socket of idle) socket.destroy();
  await Promise.all(closed);
});

test('limits without an effect are problems of the configuration', async () => {
  const limits = { client: { per_second: 0, burst: 0 } };
  const { err, code } = await run([
    'serve',
    '--config',
    write('wrong.json', { ...configuration, limits, listen: { port: 0, connections: 5 } }),
  ]);
  expect(code).toBe(1);
  for (const place of ['limits.client.per_second', 'limits.client.burst', 'listen.connections'])
    expect(err).toContain(place);
});
