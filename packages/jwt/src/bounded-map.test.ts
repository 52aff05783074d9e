import { describe, expect, it } from 'vitest';
import { BoundedMap } from './bounded-map.ts';

const names = (count: number) => Array.from({ length: count }, (_, n) => `name ${n}`);
const heldOf = (map: BoundedMap<string, unknown>, count: number) =>
  names(count).filter((name) => map.get(name) !== undefined);

describe('a bounded map', () => {
  it('holds at most its limit, and the newest entries if none is in use', () => {
    const map = new BoundedMap<string, string>(10);
    for (const name of names(100)) map.set(name, name);
    expect(heldOf(map, 100)).toEqual(names(100).slice(-10));
  });

  it('keeps what is in use', () => {
    const map = new BoundedMap<string, number>(10);
    map.set('used', 1);
    for (const name of names(100)) {
      map.set(name, 0);
      expect(map.get('used')).toBe(1);
    }
  });

  it('holds no more than its limit where all of it is in use, however long that goes on', () => {
    const map = new BoundedMap<string, string>(50);
    for (const name of names(500)) {
      map.set(name, name);
      for (const other of names(500)) map.get(other);
    }
    expect(heldOf(map, 500)).toHaveLength(50);
  });

  it('accepts a new value for a known key, and removes nothing for it', () => {
    const map = new BoundedMap<string, number>(2);
    for (const [name, value] of [
      ['a', 1],
      ['b', 1],
      ['a', 2],
    ] as const)
      map.set(name, value);
    expect([map.get('a'), map.get('b')]).toEqual([2, 1]);
  });

  it('has space again for each deleted entry', () => {
    const map = new BoundedMap<string, number>(2);
    for (const name of names(10)) {
      map.set('kept', 1);
      map.set(name, 1);
      map.delete(name);
      expect(map.get(name)).toBeUndefined();
    }
    expect(map.get('kept')).toBe(1);
  });

  it('holds nothing with a limit of 0, and one entry with 1', () => {
    const [none, one] = [new BoundedMap<string, number>(0), new BoundedMap<string, number>(1)];
    for (const map of [none, one]) for (const name of ['a', 'b']) map.set(name, 1);
    expect([none.get('b'), one.get('a'), one.get('b')]).toEqual([undefined, undefined, 1]);
  });
});
