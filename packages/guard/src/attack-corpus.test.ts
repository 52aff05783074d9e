import { describe, expect, it } from 'vitest';
import { sample } from '../../jwt/src/testing-parts/series.ts';
import { type Answer, attacks, describeAttackCorpus } from './testing-parts/attack-corpus.ts';
import { mounts } from './testing-parts/mounts/index.ts';

/** All of them on node:http, and in the long series on every other adapter. */
const some = sample(attacks, 60);
const byAdapter: readonly (readonly [string, ReadonlyMap<string, Answer>])[] = mounts.map(
  ({ name, mount }, at) => [name, describeAttackCorpus(name, mount, at === 0 ? attacks : some)],
);

describe('all adapters', () => {
  it.each(byAdapter.slice(1))('%s answers every attack as node:http does', (_name, answers) => {
    const [, reference] = byAdapter[0]!;
    expect([reference.size, answers.size]).toEqual([attacks.length, some.length]);
    const other = [...answers].filter(([name, answer]) => !isSame(reference.get(name), answer));
    expect(other.map(([name, here]) => ({ name, answer: reference.get(name), here }))).toEqual([]);
  });
});

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
