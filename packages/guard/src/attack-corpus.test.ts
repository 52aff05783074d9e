import { describe, expect, it } from 'vitest';
import { type Answer, attacks, describeAttackCorpus } from './testing-parts/attack-corpus.ts';
import { mounts } from './testing-parts/mounts/index.ts';

const byAdapter: readonly (readonly [string, ReadonlyMap<string, Answer>])[] = mounts.map(
  ({ name, mount }) => [name, describeAttackCorpus(name, mount)],
);

describe('all adapters', () => {
  it.each(byAdapter.slice(1))('%s answers every attack as node:http does', (_name, answers) => {
    const [, reference] = byAdapter[0]!;
    expect(answers.size).toBe(attacks.length);
    const other = [...reference].filter(([name, answer]) => !isSame(answers.get(name), answer));
    expect(other.map(([name, answer]) => ({ name, answer, here: answers.get(name) }))).toEqual([]);
  });
});

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
