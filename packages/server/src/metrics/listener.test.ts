import { afterEach, describe, expect, it } from 'vitest';
import type { RunningServer } from '../http/node-server.ts';
import { createOwnRoutes } from '../http/own-routes.ts';
import { startMetricsListener } from './listener.ts';
import { createRegistry } from './registry.ts';
import type { Snapshot } from './snapshot.ts';

let server: RunningServer;
let collections = 0;
afterEach(() => server.stop(0));

async function start(collect: () => Promise<readonly Snapshot[]>) {
  const health = createOwnRoutes([], { probe: async () => undefined, isStopping: () => false });
  server = await startMetricsListener({ collect, health }, { host: '127.0.0.1', port: 0 });
  return (path: string, method = 'GET') =>
    fetch(`http://127.0.0.1:${server.port}${path}`, { method });
}

function collect(): Promise<readonly Snapshot[]> {
  collections += 1;
  const registry = createRegistry('1');
  registry.counter('a_total', 'A.').add(1);
  return Promise.resolve([registry.snapshot()]);
}

describe('the listener of the metrics', () => {
  it('answers metrics and health', async () => {
    const ask = await start(collect);
    const answer = await ask('/metrics');
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await answer.text()).toBe('# HELP a_total A.\n# TYPE a_total counter\na_total 1\n');
    expect((await ask('/metrics', 'HEAD')).status).toBe(200);
    expect(await (await ask('/health/live')).json()).toEqual({ status: 'live' });
    expect(await (await ask('/health/ready')).json()).toEqual({ status: 'ready' });
  });

  it('serves nothing else, and changes nothing', async () => {
    const ask = await start(collect);
    for (const path of ['/', '/token', '/metrics/', '/health/', '/health/x'])
      expect((await ask(path)).status, path).toBe(404);
    for (const path of ['/metrics', '/health/ready'])
      expect((await ask(path, 'POST')).status).toBe(405);
  });

  it('collects once for all scrapes at the same time', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const ask = await start(async () => {
      await promise;
      return collect();
    });
    collections = 0;
    const asked = Array.from({ length: 5 }, () => ask('/metrics'));
    await ask('/health/live');
    resolve();
    for (const answer of await Promise.all(asked)) expect(answer.status).toBe(200);
    expect(collections).toBe(1);
  });

  it('answers 500 without the reason when it cannot collect, and continues', async () => {
    let broken = true;
    const ask = await start(() =>
      broken ? Promise.reject(new Error('secret of the database')) : collect(),
    );
    const answer = await ask('/metrics');
    expect([answer.status, await answer.text()]).toEqual([
      500,
      'The metrics could not be collected.\n',
    ]);
    broken = false;
    expect((await ask('/metrics')).status).toBe(200);
  });
});
