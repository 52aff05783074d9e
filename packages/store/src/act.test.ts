import { expect, it } from 'vitest';
import { type Act, last, performAct, statement, wentOn } from './act.ts';

function* goOnAfter(...statements: readonly string[]): Act<string> {
  for (const sql of statements) yield last(statement(sql));
  return 'done';
}

const changing = (changes: number) => () => ({ rows: [], changes });

it('an act may continue after its last statement only if this was also the first one and changed nothing', () => {
  expect(performAct(goOnAfter('a', 'b'), changing(0))).toBe('done');
  expect(() => performAct(goOnAfter('a', 'b'), changing(1))).toThrow(wentOn);
  expect(() => performAct(goOnAfter('a', 'b', 'c'), changing(0))).toThrow(wentOn);
});
