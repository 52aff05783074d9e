/**
 * Many callers redeem one code at the same moment, at all nodes. One of them succeeds. Its tokens
 * have ended afterwards, because the code was used twice.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Cookies,
  introspect,
  obtainCode,
  redeem,
  refresh,
  signIn,
  type TokenAnswer,
} from './actors.ts';
import { scaled } from './chance.ts';
import { forEach } from './crowd.ts';
import { describeOnBothEngines } from './engines.ts';
import { type Nodes, startNodes } from './nodes.ts';
import { record } from './report.ts';

const codes = scaled(1000);
const redemptions = 50;
/**
 * Codes that are redeemed at once. With fewer than a hundred requests at one node, no request is
 * refused (decision 0015).
 */
const atOnce = (nodes: number): number => (nodes === 1 ? 1 : 4);

interface Race {
  readonly answers: readonly TokenAnswer[];
  /** Whether the tokens of the successful caller are refused afterwards, at other nodes. */
  readonly ended: boolean;
}

describeOnBothEngines('A code redeemed many times at the same moment', (engine) => {
  describe.each([1, 3])('nodes: %i', (count) => {
    let nodes: Nodes;
    let cookies: Cookies;

    beforeAll(async () => {
      nodes = await startNodes({ engine, count });
      cookies = await signIn(nodes.nodes[0]!);
    });
    afterAll(() => nodes?.stop());

    const place = (index: number) => nodes.nodes[index % count]!;

    async function race(number: number): Promise<Race> {
      const code = await obtainCode(place(number), cookies);
      const answers = await Promise.all(
        Array.from({ length: redemptions }, (_, index) => redeem(place(number + index), code)),
      );
      const won = answers.find(({ status }) => status === 200);
      const isAlive = await introspect(place(number + 2), won?.access_token ?? 'none');
      const { error } = await refresh(place(number + 1), won?.refresh_token ?? 'none');
      return { answers, ended: !isAlive && error === 'invalid_grant' };
    }

    it('succeeds once, and the family of a code that was used twice is revoked', async () => {
      const races = await forEach(codes, atOnce(count), race);
      const successes = races.map(
        ({ answers }) => answers.filter(({ status }) => status === 200).length,
      );
      const once = successes.filter((number) => number === 1).length;
      const losers = races.flatMap(({ answers }) => answers.filter(({ status }) => status !== 200));
      const others = losers.filter(
        ({ status, error }) => status !== 400 || error !== 'invalid_grant',
      );
      const ended = races.filter((each) => each.ended).length;
      record({
        test: 1,
        title: `${codes} codes × ${redemptions} redemptions, ${count === 1 ? 'one node' : `${count} nodes`}`,
        engine,
        asked: '1 success each, the others invalid_grant, family revoked',
        reached: `${once} of ${codes} with 1 success, ${others.length} other answers, ${ended} families revoked`,
        passed: once === codes && others.length === 0 && ended === codes,
      });
      expect(others.slice(0, 5)).toEqual([]);
      expect(successes.filter((number) => number !== 1)).toEqual([]);
      expect(ended).toBe(codes);
    });
  });
});
