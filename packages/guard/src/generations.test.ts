import { describe, expect, it } from 'vitest';
import { createGenerations } from './generations.ts';

const names = (count: number) => Array.from({ length: count }, (_, n) => `name ${n}`);

describe('a bounded map', () => {
  it('holds at most its limit, and the newest half for certain', () => {
    const held = createGenerations<string>(10);
    for (const name of names(100)) held.set(name, name);
    const found = names(100)
      .map((name) => held.get(name))
      .filter((value) => value !== undefined);
    expect(found.length).toBeLessThanOrEqual(10);
    expect(found).toEqual(expect.arrayContaining(names(100).slice(-5)));
  });

  it('keeps what is in use', () => {
    const held = createGenerations<number>(10);
    held.set('used', 1);
    for (const name of names(100)) {
      held.set(name, 0);
      expect(held.get('used')).toBe(1);
    }
  });

  it('deletes from both generations', () => {
    const held = createGenerations<number>(4);
    for (const name of ['a', 'b', 'c']) held.set(name, 1);
    expect(held.get('a')).toBe(1);
    held.delete('a');
    expect(held.get('a')).toBeUndefined();
  });

  it.each([0, 1])('holds nothing with a limit of %i', (limit) => {
    const held = createGenerations<number>(limit);
    held.set('a', 1);
    expect(held.get('a')).toBeUndefined();
  });
});
