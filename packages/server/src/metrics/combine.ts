import type { Family, Series } from './snapshot.ts';

export type Merge = (one: number, other: number) => number;

export const add: Merge = (one, other) => one + other;

/** Merges the same series of several families with one name, number by number. */
export function combine(families: readonly Pick<Family, 'series'>[], merge: Merge): Series[] {
  const combined = new Map<string, Series>();
  for (const { values, numbers } of families.flatMap(({ series }) => series)) {
    const key = JSON.stringify(values);
    const former = combined.get(key)?.numbers;
    const merged =
      former === undefined
        ? numbers
        : former.map((number, index) => merge(number, numbers[index] ?? 0));
    combined.set(key, { values, numbers: merged });
  }
  return [...combined.values()];
}
