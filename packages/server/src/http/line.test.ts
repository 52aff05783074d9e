import { expect, test } from 'vitest';
import { createLine } from './line.ts';

test('the first in the queue is served first, after any number of additions and removals', () => {
  const line = createLine<number>();
  const left: (number | undefined)[] = [];
  const leave = (): void => {
    left.push(line.first);
    line.dropFirst();
  };
  for (let come = 0; come < 5000; come += 1) {
    line.add(come);
    if (come % 3 === 0) leave();
  }
  expect(line.size).toBe(5000 - left.length);
  while (line.size > 0) leave();
  expect(left).toEqual(Array.from({ length: 5000 }, (_, come) => come));
  expect([line.first, line.size]).toEqual([undefined, 0]);
});
