/**
 * The answer of a refresh is lost. A caller that asks again with the same token gets an answer, and
 * one that asks too late is refused.
 */
import { Agent } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addPeople, obtainTokens, refresh, type TokenAnswer } from './actors.ts';
import { type Chance, scaled, takeChance } from './chance.ts';
import { forEach } from './crowd.ts';
import { describeOnBothEngines } from './engines.ts';
import { type LossyProxy, type Loss, startLossyProxy } from './lossy-proxy.ts';
import { type Nodes, startNodes } from './nodes.ts';
import { record } from './report.ts';

const people = scaled(1000);
const late = scaled(100);
const windowSeconds = 10;
const workers = 4;
const losses: readonly Loss[] = ['answer', 'answer', 'half', 'request'];

interface Outcome {
  /** The number of different successors in the answers to retries and in the lost answers. */
  readonly leaves: number;
  readonly statuses: readonly number[];
  /** Whether another node accepted the successor, and then its own successor. */
  readonly goesOn: boolean;
}

describeOnBothEngines('The answer of a refresh is lost', (engine) => {
  let nodes: Nodes;
  /** One for each worker, before one of the nodes. */
  let proxies: readonly LossyProxy[];
  let tokens: readonly string[];
  let chance: Chance;

  const count = 3;
  const place = (index: number) => nodes.nodes[index % count]!;

  beforeAll(async () => {
    chance = takeChance(`3. Lost response, ${engine}`);
    const lifetimes = { first_party_app: { refresh_retry_seconds: windowSeconds } };
    nodes = await startNodes({ engine, count, settings: { lifetimes } });
    proxies = await Promise.all(
      Array.from({ length: workers }, (_, index) => startLossyProxy(place(index).port)),
    );
    const cookies = await addPeople(nodes, people + late);
    tokens = await forEach(
      cookies.length,
      workers,
      async (index) => (await obtainTokens(place(index), cookies[index]!)).refresh_token,
    );
  });
  afterAll(async () => {
    await Promise.all((proxies ?? []).map((proxy) => proxy.close()));
    await nodes?.stop();
  });

  /**
   * A refresh whose answer does not arrive. Returns the successor in the answer, if there was one.
   */
  async function loseRefresh(
    proxy: LossyProxy,
    token: string,
    loss: Loss,
  ): Promise<string | undefined> {
    proxy.lose(loss);
    const agent = new Agent();
    const answer = await refresh(proxy, token, undefined, { agent }).catch(() => undefined);
    agent.destroy();
    if (answer !== undefined) throw new Error('an answer was not lost');
    return loss === 'request' ? undefined : /"refresh_token":"([^"]+)"/.exec(proxy.lost())?.[1];
  }

  async function loseAndRetry(index: number, worker: number): Promise<Outcome> {
    const token = tokens[index]!;
    const named: (string | undefined)[] = [];
    for (let tries = 1 + chance.below(3); tries > 0; tries -= 1)
      named.push(await loseRefresh(proxies[worker]!, token, losses[chance.below(losses.length)]!));
    const retries = [await refresh(place(index), token), await refresh(place(index + 1), token)];
    const [{ refresh_token: successor = '' }] = retries as [TokenAnswer, TokenAnswer];
    const next = await refresh(place(index + 2), successor);
    const after = await refresh(place(index), next.refresh_token ?? '');
    const leaves = new Set([...named, ...retries.map((retry) => retry.refresh_token)]);
    leaves.delete(undefined);
    return {
      leaves: leaves.size,
      statuses: retries.map(({ status }) => status),
      goesOn: next.status === 200 && after.status === 200,
    };
  }

  it('within the window the same token gets the same successor, and nobody is locked out', async () => {
    const outcomes = await forEach(people, workers, loseAndRetry);
    const lockedOut = outcomes.filter(
      ({ goesOn, statuses }) => !goesOn || statuses.some((s) => s !== 200),
    );
    const forked = outcomes.filter(({ leaves }) => leaves !== 1);
    record({
      test: 3,
      title: `${people} people retry within the window, 3 nodes`,
      engine,
      asked: 'the same successor, 0 of 1,000 locked out',
      reached: `${lockedOut.length} of ${people} locked out, ${forked.length} with more than one leaf`,
      passed: lockedOut.length === 0 && forked.length === 0,
    });
    expect(lockedOut.slice(0, 5)).toEqual([]);
    expect(forked.slice(0, 5)).toEqual([]);
  });

  it('after the window the same token is refused, and its family has ended', async () => {
    const successors = await forEach(late, workers, (index, worker) =>
      loseRefresh(proxies[worker]!, tokens[people + index]!, 'answer'),
    );
    await wait((windowSeconds + 2) * 1000);
    const refused = await forEach(late, workers, async (index) => {
      const again = await refresh(place(index), tokens[people + index]!);
      const leaf = await refresh(place(index + 1), successors[index] ?? '');
      return again.error === 'invalid_grant' && leaf.error === 'invalid_grant';
    });
    const ended = refused.filter(Boolean).length;
    record({
      test: 3,
      title: `${late} retry after the window, 3 nodes`,
      engine,
      asked: 'refused, family revoked',
      reached: `${ended} of ${late} refused and revoked`,
      passed: ended === late,
    });
    expect(ended).toBe(late);
  });
});
