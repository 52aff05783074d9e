import { maxAbove } from '@keywright/core';
import { expect, it } from 'vitest';
import { isLong } from '../../../jwt/src/testing-parts/series.ts';
import { describeOnEveryEngine } from '../testing-parts/contract.ts';
import { entity, makeId, makeLink } from '../testing-parts/samples.ts';

describeOnEveryEngine('links', (store, engine) => {
  const link = (kind: 'membership' | 'containment', lower: string, upper: string) =>
    store().permissions.link(makeLink(kind, lower, upper));
  const names = async (...args: Parameters<ReturnType<typeof store>['permissions']['listLinks']>) =>
    (await store().permissions.listLinks(...args)).items.map(
      ({ lower, upper }) => `${lower.id} ${upper.id}`,
    );

  it('are made once and removed once, each kind separately', async () => {
    const [user, group] = [makeId('user:'), makeId('group:')];
    expect(await link('membership', user, group)).toBe('linked');
    expect(await link('membership', user, group)).toBe('linked-before');
    expect(await store().permissions.unlink(makeLink('containment', user, group))).toBe(false);
    expect(await store().permissions.unlink(makeLink('membership', user, group))).toBe(true);
    expect(await store().permissions.unlink(makeLink('membership', user, group))).toBe(false);
  });

  it('are listed by their lower end, their upper end, both or none, page by page', async () => {
    const [a, b, g, h] = [makeId('user:'), makeId('user:'), makeId('group:'), makeId('group:')];
    for (const [lower, upper] of [
      [a, g],
      [a, h],
      [b, g],
    ] as const)
      await link('membership', lower, upper);
    const [ai, bi, gi, hi] = [a, b, g, h].map((name) => entity(name).id);
    expect(await names('membership', { lower: entity(a) })).toEqual([`${ai} ${gi}`, `${ai} ${hi}`]);
    expect(await names('membership', { upper: entity(g) })).toEqual([`${ai} ${gi}`, `${bi} ${gi}`]);
    expect(await names('membership', { lower: entity(a), upper: entity(h) })).toEqual([
      `${ai} ${hi}`,
    ]);
    expect(await names('containment', { lower: entity(a) })).toEqual([]);
    const first = await store().permissions.listLinks('membership', {}, { limit: 1 });
    const rest = await names('membership', {}, { limit: 1000, after: first.next as string });
    expect(await names('membership', {}, { limit: 1000 })).toHaveLength(rest.length + 1);
    const half = await store().permissions.listLinks(
      'membership',
      { upper: entity(g) },
      { limit: 1 },
    );
    expect(await names('membership', { upper: entity(g) }, { after: half.next as string })).toEqual(
      [`${bi} ${gi}`],
    );
  });

  it('never close a circle: no entity is linked to itself, directly, over others or over both kinds', async () => {
    const [a, b, c] = [makeId('group:'), makeId('group:'), makeId('group:')];
    expect(await link('membership', a, a)).toBe('circle');
    await link('membership', a, b);
    await link('containment', b, c);
    expect(await link('membership', b, a)).toBe('circle');
    expect(await link('membership', c, a)).toBe('circle');
    expect(await link('containment', c, a)).toBe('circle');
    expect(await names('membership', { lower: entity(c) })).toEqual([]);
    expect(await link('membership', a, c)).toBe('linked');
  });

  it('never close a circle when both halves of it are requested at once', async () => {
    const [a, b] = [makeId('group:'), makeId('group:')];
    const outcomes = await Promise.all([link('membership', a, b), link('membership', b, a)]);
    expect(outcomes).toEqual(['linked', 'circle']);
  });

  it('have at most sixteen levels', async () => {
    const chain = Array.from({ length: 18 }, () => makeId('folder:'));
    const outcomes: string[] = [];
    for (let at = 16; at >= 0; at -= 1)
      outcomes.push(await link('containment', chain[at] as string, chain[at + 1] as string));
    expect(outcomes).toEqual([...Array(16).fill('linked'), 'too-deep']);
  });

  it.runIf(isLong || engine === 'SQLite in memory')(
    'reach at most a thousand entities',
    async () => {
      const user = makeId('user:');
      const outcomes: unknown[] = [];
      // A few at a time, because on a busy machine the last of a thousand would wait too long.
      while (outcomes.length <= maxAbove) {
        const few = Array.from({ length: Math.min(50, maxAbove + 1 - outcomes.length) });
        const added = few.map(() => link('membership', user, makeId('group:')));
        outcomes.push(...(await Promise.all(added)));
      }
      expect(outcomes.filter((outcome) => outcome === 'linked')).toHaveLength(maxAbove);
      expect(outcomes.at(-1)).toBe('too-many');
      const facts = await store().permissions.loadFacts(entity(user), 'read', entity('building:1'));
      expect(facts.outcome).toBe('known');
    },
  );
});
