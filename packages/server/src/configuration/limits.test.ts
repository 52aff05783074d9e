import { expect, test } from 'vitest';
import { startLimits } from './limits.ts';

const rate = { perSecond: 1, burst: 1 };

test('without a declared limit, nothing is counted', () => {
  const limits = startLimits({ client: undefined, network: undefined, ofClients: new Map() });
  expect(limits).toEqual({ ofClients: new Map() });
});

test('a limit is described by what it counts, and a client’s own limit like that of each client', () => {
  const ofClients = new Map([['heatlens', { perSecond: 5, burst: 10 }]]);
  const limits = startLimits({ client: rate, network: rate, ofClients }, () => 0);
  expect(limits.client?.take('a').policy).toEqual({ name: 'client', quota: 1, windowSeconds: 1 });
  expect(limits.network?.take('a').policy.name).toBe('network');
  expect(limits.ofClients?.get('heatlens')?.take('a').policy).toEqual({
    name: 'client',
    quota: 10,
    windowSeconds: 2,
  });
});

test('all rate limits of a process share the memory for 100,000 buckets, however many clients have their own limit', () => {
  const ofClients = new Map(Array.from({ length: 997 }, (_, index) => [`client-${index}`, rate]));
  const { client } = startLimits({ client: rate, network: rate, ofClients }, () => 0);
  // A bucket of its own gives one; that of all who find no place gives a thousand.
  for (let caller = 0; caller < 100; caller += 1) {
    expect(client?.take(`${caller}`).allowed).toBe(true);
    expect(client?.take(`${caller}`).allowed).toBe(false);
  }
  expect([client?.take('100').allowed, client?.take('100').allowed]).toEqual([true, true]);
});

test('invented callers of clients without a secret use no bucket of other callers', () => {
  const { client, publicClient } = startLimits(
    { client: rate, network: undefined, ofClients: new Map() },
    () => 0,
  );
  for (let network = 0; network < 40_000; network += 1) publicClient?.take(`app ${network}`);
  // One that found no place would be allowed again.
  expect([client?.take('service').allowed, client?.take('service').allowed]).toEqual([true, false]);
});
