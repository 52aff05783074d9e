import { openStore } from '@keywright/store';
import { expect, it } from 'vitest';
import { renderMetrics } from './exposition.ts';
import { createRegistry } from './registry.ts';
import { createStoreMeters } from './store-meters.ts';

it('the metrics of the store use only known operation names', async () => {
  const registry = createRegistry('1');
  const store = await openStore({
    database: ':memory:',
    observer: createStoreMeters(registry, () => 1_800_000_000),
  });
  await Promise.all([store.sessions.end('a', 1), store.sessions.end('b', 1)]);
  await store.clients.load('nobody');
  await store.prune(1_800_000_000, 10);
  await store.close();
  await expect(store.clients.load('nobody')).rejects.toThrow();
  const text = renderMetrics([registry.snapshot()]);
  expect(text).toContain(
    'keywright_store_operation_duration_seconds_count{operation="loadClient"} 2\n',
  );
  expect(text).toContain('keywright_store_faults_total{operation="loadClient"} 1\n');
  expect(text).toContain('keywright_store_queue_acts{worker="1",state="waiting"} 0\n');
  expect(text).toMatch(/^keywright_store_batch_acts_sum [1-9]/m);
  expect(text).toMatch(/^keywright_prune_batches_total [1-9]/m);
  expect(text).toContain('keywright_prune_last_run_timestamp_seconds 1800000000\n');
  expect(text).toContain('keywright_store_repetitions_total 0\n');
  expect(text).not.toContain('"other"');
});

it('the metrics of the store include connections where the engine has them', () => {
  const registry = createRegistry('2');
  createStoreMeters(registry).opened?.(() => ({
    engine: 'PostgreSQL',
    shared: { busy: 3, idle: 7, waiting: 2 },
    single: { busy: 1, idle: 0, waiting: 0 },
  }));
  const text = renderMetrics([registry.snapshot()]);
  expect(text).toContain('keywright_store_connections{worker="2",pool="shared",state="busy"} 3\n');
  expect(text).toContain('keywright_store_connections{worker="2",pool="single",state="idle"} 0\n');
  expect(text).toContain('keywright_store_connection_waiters{worker="2",pool="shared"} 2\n');
  expect(text).not.toMatch(/^keywright_store_queue_acts\{/m);
});
