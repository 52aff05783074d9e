/**
 * SIGTERM while 500 requests are in progress: half of them have arrived partly, the others are sent
 * at the moment of the signal. All are answered, the readiness probe reports the stop before new
 * callers are refused, and the process ends in time.
 */
import { once } from 'node:events';
import { Agent } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { basic, obtainTokens, signIn } from './actors.ts';
import { ownClient } from './cast.ts';
import { scaled } from './chance.ts';
import { forEach } from './crowd.ts';
import { describeOnBothEngines } from './engines.ts';
import { type HeldRequest, holdRequest } from './held-request.ts';
import { send } from './http.ts';
import { type KeywrightNode, type Nodes, startNodes } from './nodes.ts';
import { record } from './report.ts';

const requests = scaled(500);
const endsWithinMilliseconds = 10_000;
/** Long enough for a probe every half second. */
const drainSeconds = 1;
const lookEveryMilliseconds = 10;
const atOnce = 4;

describeOnBothEngines('A graceful stop', (engine) => {
  let nodes: Nodes | undefined;

  afterEach(() => nodes?.stop());

  /**
   * The answers of the readiness probe for new callers, in order: a status, or `turned away`. Ends
   * when no connection is accepted any more.
   */
  async function watchReadiness({ address }: KeywrightNode): Promise<readonly string[]> {
    const seen: string[] = [];
    const agent = new Agent();
    for (let last = ''; last !== 'turned away'; await wait(lookEveryMilliseconds)) {
      const answer = await send(`${address}/health/ready`, { agent }).catch(() => undefined);
      const now = answer === undefined ? 'turned away' : String(answer.status);
      if (now !== last) seen.push(now);
      last = now;
    }
    return seen;
  }

  /** Refreshes, each of another family. They write, and none may be lost. */
  function hold(node: KeywrightNode, token: string, part: number): Promise<HeldRequest> {
    const headers = {
      Authorization: basic(ownClient),
      'Content-Type': 'application/x-www-form-urlencoded',
    };
    const body = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: token,
    }).toString();
    return holdRequest(node.port, '/token', headers, body, part);
  }

  it('answers what is under way, is not ready first, and ends within ten seconds', async () => {
    nodes = await startNodes({
      engine,
      count: 1,
      settings: { listen: { drain_seconds: drainSeconds } },
    });
    const [node] = nodes.nodes as [KeywrightNode];
    const cookies = await signIn(node);
    const tokens = await forEach(requests, atOnce, () => obtainTokens(node, cookies));
    // All except the last byte of the later half. They are complete at the moment of the signal.
    const held = await Promise.all(
      tokens.map((token, index) => hold(node, token.refresh_token, index % 2 === 0 ? 0.5 : 0.99)),
    );
    // Connections are accepted in order. When the node has answered a later one, it has accepted
    // all of them.
    const late = new Agent();
    await send(`${node.address}/health/live`, { agent: late });
    await send(`${node.address}/health/live`, { agent: late });

    const exited = once(node.child, 'exit');
    const signalledAt = performance.now();
    for (const [index, request] of held.entries()) if (index % 2 === 1) request.finish();
    node.child.kill('SIGTERM');
    const readiness = watchReadiness(node);
    await wait(200);
    for (const [index, request] of held.entries()) if (index % 2 === 0) request.finish();
    const statuses = await Promise.all(held.map(({ answered }) => answered));
    const [code] = (await exited) as [number | null];
    const took = performance.now() - signalledAt;
    const seen = await readiness;

    const others = statuses.filter((status) => status !== 200);
    const answered = statuses.filter((status) => status === 200).length;
    const told = seen.indexOf('503') !== -1 && seen.indexOf('503') < seen.indexOf('turned away');
    record({
      test: 13,
      title: `SIGTERM with ${requests} open requests`,
      engine,
      asked: 'all answered, exit within 10 s, readiness false first',
      reached: `${answered} of ${requests} answered${others.length === 0 ? '' : ` (others: ${[...new Set(others)].map((status) => status ?? 'none').join(', ')})`}, exit ${code} after ${(took / 1000).toFixed(1)} s, readiness ${seen.join(', then ')}`,
      passed: answered === requests && code === 0 && took <= endsWithinMilliseconds && told,
    });
    expect(others).toEqual([]);
    expect(code).toBe(0);
    expect(took).toBeLessThanOrEqual(endsWithinMilliseconds);
    expect(told).toBe(true);
  });
});
