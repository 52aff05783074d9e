/**
 * Metrics of the signing keys: which one signs, since when, and whether the next one exists. Read
 * from the store, and cached for a while.
 */
import { keyAlgorithms, type StoredKey } from '@keywright/core';
import type { Registry, Sample } from './registry.ts';

const rememberedSeconds = 10;

export function createKeyMeters(
  registry: Registry,
  list: () => Promise<readonly StoredKey[]>,
  nowSeconds: () => number,
): () => Promise<void> {
  let keys: readonly StoredKey[] = [];
  let listedAt = Number.NEGATIVE_INFINITY;
  const labels = { algorithm: keyAlgorithms };
  const each =
    (of: (own: readonly StoredKey[], now: number) => number | undefined) => (): Sample[] =>
      keyAlgorithms.flatMap((algorithm) => {
        const own = keys.filter((key) => key.algorithm === algorithm);
        // There are no metrics for an algorithm that is not switched on.
        const value = own.length === 0 ? undefined : of(own, nowSeconds());
        return value === undefined ? [] : [[value, algorithm] as const];
      });
  const gauge = (name: string, help: string, read: () => readonly Sample[]) =>
    registry.read(name, help, { type: 'gauge', across: 'newest', labels, read });

  gauge(
    'keywright_signing_keys',
    'Keys that are published.',
    each((own) => own.length),
  );
  gauge(
    'keywright_signing_key_active_timestamp_seconds',
    'The time since which the current key signs.',
    each((own, now) => latest(own.filter(({ activeAt }) => activeAt <= now))),
  );
  gauge(
    'keywright_signing_key_next_timestamp_seconds',
    'The time at which a published key will start to sign. Absent if there is none.',
    each((own, now) => latest(own.filter(({ activeAt }) => activeAt > now))),
  );
  return async () => {
    if (nowSeconds() - listedAt < rememberedSeconds) return;
    keys = await list();
    listedAt = nowSeconds();
  };
}

function latest(keys: readonly StoredKey[]): number | undefined {
  return keys.length === 0 ? undefined : Math.max(...keys.map(({ activeAt }) => activeAt));
}
