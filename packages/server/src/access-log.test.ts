import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { createAccessLog } from './access-log.ts';
import { observeServer } from './http/observed-server.ts';
import { createLog } from './log.ts';

it('the access log has one line for each request, with caller, request line and status, and no parameters', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'keywright-access-'));
  const file = path.join(folder, 'server.log');
  const log = createLog({ level: 'info', file }, () => ({ trace_id: 'abc' }));
  await log.ready;
  const watched = createAccessLog(log);
  const server = observeServer(
    {
      handle(request) {
        if (request.path === '/token' && request.learned !== undefined)
          request.learned.clientId = 'heatlens';
        return { status: request.path === '/token' ? 200 : 404, headers: {}, body: 'secret' };
      },
      routes: ['/token'],
      routeOf: (given) => (given === '/token' ? '/token' : undefined),
      isPage: () => false,
      isAtHand: () => true,
    },
    [watched],
  );
  const common = { query: 'code=secret', headers: { cookie: 'secret' }, body: 'secret' };
  await server.handle({
    ...common,
    method: 'POST',
    path: '/token',
    remoteAddress: '192.0.2.7',
    id: 'req_1',
  });
  await server.handle({
    ...common,
    method: 'SECRET'.repeat(100),
    path: '/secret',
    remoteAddress: '2001:db8:1:2:3::4',
  });
  await log.close();
  const text = readFileSync(file, 'utf8');
  rmSync(folder, { recursive: true });
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines).toEqual([
    {
      level: 30,
      time: expect.any(String),
      request: 'req_1',
      method: 'POST',
      route: '/token',
      status: 200,
      milliseconds: expect.any(Number),
      clientId: 'heatlens',
      network: '192.0.2.7',
      trace_id: 'abc',
      msg: 'request',
    },
    expect.objectContaining({
      method: 'SECRETSECRETSECRETSE',
      route: 'unknown',
      network: '2001:db8:1:2::/64',
    }),
  ]);
  expect(text).not.toContain('secret');
});
