/**
 * Two hundred sign-ins at once, again and again, each from another network and for another account,
 * so that no rate limit stops them. Hashing uses only its own threads, further ones are refused,
 * and the token endpoint is not affected. Then the same from one network, which is limited before
 * anything is hashed.
 */
import { availableParallelism } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fillForm, findForm } from '../interop/html-form.ts';
import { clientCredentials, type Cookies, visit } from './actors.ts';
import { scaled } from './chance.ts';
import { forEach } from './crowd.ts';
import { describeOnBothEngines } from './engines.ts';
import { describeOutcomes, startLoad } from './load.ts';
import { countThreads, residentMegabytes, watchProcess } from './memory.ts';
import { type KeywrightNode, type Nodes, startNodes } from './nodes.ts';
import { record } from './report.ts';

const parallel = 200;
const perSecond = 100;
const idleSeconds = scaled(10);
const floodSeconds = scaled(20);
const slowerAtMost = 3;
const moreMegabytes = 200;
/**
 * The number of hashing threads: the number of cores except one for the event loop, at most four.
 */
const hashingThreads = Math.min(4, Math.max(1, availableParallelism() - 1));

interface Browser {
  readonly cookies: Cookies;
  readonly fields: Readonly<Record<string, string>>;
}

/** Each with a page and its cookie. A later attempt does not need another one. */
async function openBrowser(node: KeywrightNode, network: string): Promise<Browser> {
  const headers = { 'x-forwarded-for': network };
  const { answer, cookies } = await visit(node, '/sign-in', new Map(), { headers });
  const values = { email: 'x', password: 'x' };
  const form = fillForm(findForm(answer.body, 'signin'), 'signin', { values });
  return { cookies, fields: Object.fromEntries(new URLSearchParams(form)) };
}

async function tryPassword(
  node: KeywrightNode,
  { cookies, fields }: Browser,
  network: string,
  mark: string,
) {
  const form = {
    ...fields,
    email: `nobody-${mark}@example.com`,
    password: 'a guess that is wrong',
  };
  const headers = { 'x-forwarded-for': network };
  const { answer } = await visit(node, '/sign-in', cookies, { form, headers });
  return answer;
}

describeOnBothEngines('A flood of sign-ins', (engine) => {
  let nodes: Nodes;
  beforeEach(async () => {
    nodes = await startNodes({ engine, count: 1, settings: { trusted_proxies: ['127.0.0.1'] } });
  });
  afterEach(() => nodes?.stop());

  const loadTokens = (node: KeywrightNode, seconds: number) =>
    startLoad({ perSecond, seconds, send: () => clientCredentials(node) }).done;

  it('starves nobody who wants a token, and takes bounded threads and memory', async () => {
    const [node] = nodes.nodes as [KeywrightNode];
    const pid = node.child.pid ?? 0;
    const browsers = await forEach(parallel, 8, (index) => openBrowser(node, networkOf(index)));
    const threads = countThreads(pid);
    // The first check starts a thread.
    await tryPassword(node, browsers[0] as Browser, networkOf(parallel), 'first');
    await loadTokens(node, 2);
    const idle = await loadTokens(node, idleSeconds);
    const megabytes = residentMegabytes(pid);

    const watched = watchProcess(pid);
    const outcomes: Record<string, number> = {};
    let flooding = true;
    let waits = 0;
    const flood = Promise.all(
      browsers.map(async (browser, index) => {
        for (let turn = 1; flooding; turn += 1) {
          const network = networkOf(index + turn * parallel);
          const { status, headers } = await tryPassword(node, browser, network, `${index}-${turn}`);
          outcomes[status] = (outcomes[status] ?? 0) + 1;
          const seconds = Number(headers['retry-after'] ?? 0);
          if (seconds > 0) waits += 1;
          // Not all of them at the same moment again.
          await wait(seconds * 1000 * (1 + index / parallel));
        }
      }),
    );
    const flooded = await loadTokens(node, floodSeconds);
    flooding = false;
    await flood;
    const most = watched();

    // So few at once that each gets a slot.
    const sameNetwork = await forEach(parallel, 16, (index) =>
      tryPassword(node, browsers[index] as Browser, '203.0.113.7', `same-${index}`),
    );
    const throttled = sameNetwork.filter(({ status }) => status === 429);

    const times = flooded.p99Milliseconds / idle.p99Milliseconds;
    const grown = Math.max(0, most.megabytes - megabytes);
    const started = most.threads - threads;
    record({
      test: 18,
      title: `${parallel} sign-ins at once for ${floodSeconds} s`,
      engine,
      asked: `p99 of tokens at most ${slowerAtMost} times that of idle, hashing and memory limited, 429 and 503 above the limit`,
      reached: [
        `p99 ${flooded.p99Milliseconds.toFixed(1)} ms, ${times.toFixed(1)} times ${idle.p99Milliseconds.toFixed(1)} ms`,
        `${hashingThreads} hashing, ${started} threads more`,
        `${grown.toFixed(0)} MB more`,
        `sign-ins ${describeOutcomes({ outcomes })}`,
        `of ${parallel} from one network ${throttled.length} × 429`,
      ].join('; '),
      passed:
        times <= slowerAtMost &&
        started <= hashingThreads &&
        grown <= moreMegabytes &&
        (outcomes[503] ?? 0) > 0 &&
        throttled.length > 0,
    });
    expect(Object.keys(outcomes).toSorted()).toEqual(['401', '503']);
    expect(waits).toBe(outcomes[503]);
    expect(flooded.outcomes).toEqual({ 200: flooded.sent });
    expect(started).toBeLessThanOrEqual(hashingThreads);
    expect(grown).toBeLessThanOrEqual(moreMegabytes);
    // A network has a hundred attempts at once, and one a second.
    expect(throttled.length).toBeGreaterThanOrEqual(parallel - 100 - 30);
    for (const { headers } of throttled) expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(times).toBeLessThanOrEqual(slowerAtMost);
  });
});

/** Another address for each number. */
function networkOf(index: number): string {
  return `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
}
