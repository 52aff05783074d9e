import type { StoredKey } from '@keywright/core';
import { expect, it } from 'vitest';
import { renderMetrics } from './exposition.ts';
import { createKeyMeters } from './key-meters.ts';
import { createRegistry } from './registry.ts';

const key = (algorithm: StoredKey['algorithm'], activeAt: number) =>
  ({ kid: `${algorithm}-${activeAt}`, algorithm, activeAt }) as StoredKey;

it('the metrics of keys show since when a key signs and when the next one will, without a store read at each scrape', async () => {
  const registry = createRegistry('1');
  let now = 1000;
  let asked = 0;
  let keys = [key('ES256', 100), key('ES256', 500), key('ES256', 1005), key('RS256', 100)];
  const list = () => {
    asked += 1;
    return Promise.resolve(keys);
  };
  const refresh = createKeyMeters(registry, list, () => now);
  const lines = async () => {
    await refresh();
    return renderMetrics([registry.snapshot()]).match(/^keywright.*$/gm);
  };
  expect(await lines()).toEqual([
    'keywright_signing_keys{algorithm="ES256"} 3',
    'keywright_signing_keys{algorithm="RS256"} 1',
    'keywright_signing_key_active_timestamp_seconds{algorithm="ES256"} 500',
    'keywright_signing_key_active_timestamp_seconds{algorithm="RS256"} 100',
    'keywright_signing_key_next_timestamp_seconds{algorithm="ES256"} 1005',
  ]);
  keys = keys.slice(1);
  now = 1006;
  // From memory, and still right: time has gone by.
  expect(await lines()).toContain(
    'keywright_signing_key_active_timestamp_seconds{algorithm="ES256"} 1005',
  );
  expect(asked).toBe(1);
  now = 1011;
  expect(await lines()).toContain('keywright_signing_keys{algorithm="ES256"} 2');
  expect(asked).toBe(2);
});
