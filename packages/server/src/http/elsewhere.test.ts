import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createElsewhere } from './elsewhere.ts';
import { mostInTurn } from './pace.ts';

test('those who waited for one host go on in several turns', async () => {
  const elsewhere = createElsewhere();
  const many = 3 * mostInTurn;
  for (let count = 0; count < many; count += 1) elsewhere.enter();
  let wentOn = 0;
  const comeBack = async (): Promise<void> => {
    await elsewhere.leave();
    wentOn += 1;
  };
  const all = Array.from({ length: many }, comeBack);
  await Promise.resolve();
  expect([wentOn, elsewhere.count]).toEqual([mostInTurn, many - mostInTurn]);
  await nextTurn();
  expect(wentOn).toBeLessThan(many);
  await Promise.all(all);
  expect([wentOn, elsewhere.count]).toEqual([many, 0]);
});

test('one who comes back alone goes on at once', async () => {
  const elsewhere = createElsewhere();
  elsewhere.enter();
  await elsewhere.leave();
  expect(elsewhere.count).toBe(0);
});
