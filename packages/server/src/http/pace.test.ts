import { expect, test } from 'vitest';
import { createPace, mostInTurn } from './pace.ts';

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

test('a small number of requests begins at once', () => {
  const pace = createPace();
  let begun = 0;
  for (let count = 0; count < mostInTurn; count += 1) pace.begin(() => void (begun += 1));
  expect([begun, pace.isFull, pace.size]).toEqual([mostInTurn, true, 0]);
});

test('of a burst, a part begins in each turn, in the order of arrival, and other work runs between the turns', async () => {
  const pace = createPace();
  const begun: number[] = [];
  const seen: number[] = [];
  for (let count = 0; count < 3 * mostInTurn; count += 1) pace.begin(() => void begun.push(count));
  for (let turns = 0; turns < 3; turns += 1) {
    seen.push(begun.length);
    await nextTurn();
  }
  expect(seen).toEqual([mostInTurn, 2 * mostInTurn, 3 * mostInTurn]);
  expect(begun).toEqual(Array.from({ length: 3 * mostInTurn }, (_, count) => count));
});

test('a request that comes later waits behind those that wait already', async () => {
  const pace = createPace();
  const begun: string[] = [];
  for (let count = 0; count < 2 * mostInTurn; count += 1)
    pace.begin(() => void begun.push('burst'));
  await nextTurn();
  pace.begin(() => void begun.push('later'));
  expect(begun).toHaveLength(2 * mostInTurn);
  await nextTurn();
  expect(begun.at(-1)).toBe('later');
  await nextTurn();
  expect([pace.isFull, pace.size]).toEqual([false, 0]);
});
