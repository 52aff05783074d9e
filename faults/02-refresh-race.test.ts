/**
 * Many callers use one refresh token at the same moment, at all nodes. There is one active
 * successor. A use after the retry window ends the family.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { introspect, obtainTokens, refresh, signIn } from './actors.ts';
import { scaled } from './chance.ts';
import { forEach } from './crowd.ts';
import { describeOnBothEngines } from './engines.ts';
import { type Nodes, startNodes } from './nodes.ts';
import { record } from './report.ts';

const families = scaled(500);
const uses = 20;
const atOnce = 4;
/** Longer than a race takes on a busy machine. */
const windowSeconds = 5;
const endsWithinMilliseconds = 1000;

interface Family {
  readonly first: string;
  /** The answers of the race. */
  readonly second: string;
  /** The answer for the successor: the newest token. */
  readonly third: string;
  readonly statuses: readonly number[];
  readonly leaves: number;
}

describeOnBothEngines('A refresh token used many times at the same moment', (engine) => {
  describe.each([1, 3])('nodes: %i', (count) => {
    const title = count === 1 ? 'one node' : `${count} nodes`;
    let nodes: Nodes;
    let raced: readonly Family[];

    beforeAll(async () => {
      const lifetimes = { first_party_app: { refresh_retry_seconds: windowSeconds } };
      nodes = await startNodes({ engine, count, settings: { lifetimes } });
    });
    afterAll(() => nodes?.stop());

    const place = (index: number) => nodes.nodes[index % count]!;

    async function race(first: string, number: number): Promise<Family> {
      const answers = await Promise.all(
        Array.from({ length: uses }, (_, index) => refresh(place(number + index), first)),
      );
      const leaves = [...new Set(answers.map((answer) => answer.refresh_token))];
      const [second = ''] = leaves;
      const { refresh_token: third = '' } = await refresh(place(number), second);
      return {
        first,
        second,
        third,
        statuses: answers.map(({ status }) => status),
        leaves: leaves.length,
      };
    }

    it('has one living successor', async () => {
      const cookies = await signIn(place(0));
      raced = await forEach(families, atOnce, async (number) =>
        race((await obtainTokens(place(number), cookies)).refresh_token, number),
      );
      const single = raced.filter(({ leaves }) => leaves === 1).length;
      const refused = raced.flatMap(({ statuses }) => statuses.filter((status) => status !== 200));
      const alive = raced.filter(({ third }) => third !== '').length;
      record({
        test: 2,
        title: `${families} families × ${uses} uses, ${title}`,
        engine,
        asked: 'one active refresh token in each',
        reached: `${single} of ${families} with 1 leaf, ${alive} of them alive, ${refused.length} callers refused`,
        passed: single === families && alive === families && refused.length === 0,
      });
      expect(raced.filter(({ leaves }) => leaves !== 1)).toEqual([]);
      expect(refused).toEqual([]);
      expect(alive).toBe(families);
    });

    /**
     * Waits until no node accepts the newest token, or says that it is active. Undefined if that
     * does not happen.
     */
    async function measureEnd(
      spent: string,
      leaf: string,
      number: number,
    ): Promise<number | undefined> {
      const startedAt = performance.now();
      const { error } = await refresh(place(number), spent);
      if (error !== 'invalid_grant') return undefined;
      const living = await Promise.all(nodes.nodes.map((node) => introspect(node, leaf)));
      // If a node accepted the newest token here, the token would have a successor.
      const used = await Promise.all(nodes.nodes.map((node) => refresh(node, leaf)));
      if (living.includes(true) || used.some((answer) => answer.error !== 'invalid_grant'))
        return undefined;
      return performance.now() - startedAt;
    }

    it('ends the family at every node when it is used again after the window', async () => {
      await wait((windowSeconds + 2) * 1000);
      const times = await forEach(raced.length, atOnce, (number) => {
        const { first, second, third } = raced[number]!;
        return measureEnd(number % 2 === 0 ? second : first, third, number);
      });
      const ended = times.filter((time) => time !== undefined);
      const longest = Math.max(0, ...ended);
      const passed = ended.length === families && longest <= endsWithinMilliseconds;
      record({
        test: 2,
        title: `reuse after the window, ${title}`,
        engine,
        asked: 'the family has ended within 1 s on all nodes',
        reached: `${ended.length} of ${families} ended, the last after ${Math.round(longest)} ms`,
        passed,
      });
      expect(ended).toHaveLength(families);
      expect(longest).toBeLessThanOrEqual(endsWithinMilliseconds);
    });
  });
});
