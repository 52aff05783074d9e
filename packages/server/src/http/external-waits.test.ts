import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createExternalWaits } from './external-waits.ts';
import { mostInTurn } from './pace.ts';

test('requests that waited for one host continue in several turns', async () => {
  const externalWaits = createExternalWaits();
  const many = 3 * mostInTurn;
  for (let count = 0; count < many; count += 1) externalWaits.enter();
  let wentOn = 0;
  const comeBack = async (): Promise<void> => {
    await externalWaits.leave();
    wentOn += 1;
  };
  const all = Array.from({ length: many }, comeBack);
  await Promise.resolve();
  expect([wentOn, externalWaits.count]).toEqual([mostInTurn, many - mostInTurn]);
  await nextTurn();
  expect(wentOn).toBeLessThan(many);
  await Promise.all(all);
  expect([wentOn, externalWaits.count]).toEqual([many, 0]);
});

test('one request that waited alone continues at once', async () => {
  const externalWaits = createExternalWaits();
  externalWaits.enter();
  await externalWaits.leave();
  expect(externalWaits.count).toBe(0);
});
