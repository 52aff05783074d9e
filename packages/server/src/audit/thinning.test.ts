import { expect, it } from 'vitest';
import { createThinning } from './thinning.ts';

it('the audit keeps all events of a type without a bound', () => {
  const thinning = createThinning();
  const admitted = Array.from({ length: 1000 }, () =>
    thinning.admit({ type: 'client.added' }, 'never', 0),
  );
  expect(admitted.every(Boolean)).toBe(true);
  expect(thinning.takeCounts()).toEqual([]);
});

it('the audit counts events of each user separately, and each once', () => {
  const thinning = createThinning();
  for (const accountId of ['usr_a', 'usr_b'])
    for (let n = 0; n < 103; n += 1)
      thinning.admit({ type: 'sign_out', accountId }, 'accountId', 0);
  expect(thinning.takeCounts()).toEqual([
    { of: 'sign_out', at: 'usr_a', count: 3 },
    { of: 'sign_out', at: 'usr_b', count: 3 },
  ]);
  expect(thinning.takeCounts()).toEqual([]);
});

it('the audit allows one more event per second again', () => {
  const thinning = createThinning();
  const admit = (ms: number) =>
    thinning.admit({ type: 'sign_out', accountId: 'usr_a' }, 'accountId', ms);
  for (let n = 0; n < 100; n += 1) expect(admit(0)).toBe(true);
  expect([admit(0), admit(999), admit(1000), admit(1001)]).toEqual([false, false, true, false]);
});
