/**
 * Callers that use as much as they can for as long as they can: silent connections, slow heads and
 * bodies, answers that nobody reads, and too large requests. All at once. They are disconnected,
 * and no other caller is affected.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { basic } from './actors.ts';
import { apiClient } from './cast.ts';
import { scaled } from './chance.ts';
import { keepOnCore } from './cores.ts';
import { residentMegabytes, watchProcess } from './memory.ts';
import { type KeywrightNode, type Nodes, startNodes } from './nodes.ts';
import { type Others, startOthers } from './others.ts';
import { record } from './report.ts';
import { holdSlowly, type SlowPlan } from './slow-callers.ts';

const perSecond = 100;
const idleSeconds = scaled(10);
/** Longer than any of them may stay, and the time in which all of them connect. */
const holdSeconds = 45;
const callers: SlowPlan['callers'] = {
  'idle connections': scaled(10_000),
  'slow heads': scaled(500),
  'slow bodies': scaled(1000),
  'bodies in crumbs': scaled(20),
  'slow readers': 4,
  'half-closed connections': scaled(100),
};
const cutOffWithinSeconds = 30;
const slowerAtMost = 2;
const moreMegabytes = 200;

/** The status of the answer to these bytes. Undefined if the connection ended without one. */
async function statusOf({ port }: KeywrightNode, bytes: string): Promise<number | undefined> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(bytes, 'latin1');
  const answer = await text(socket).catch(() => '');
  return answer === '' ? undefined : Number(answer.slice(9, 12));
}

function post(target: string, type: string, body: string): string {
  const authorization = `Authorization: ${basic(apiClient)}\r\n`;
  return `POST ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${authorization}Content-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

const form = 'application/x-www-form-urlencoded';
const get = 'GET /userinfo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n';
const hugeToken = `${'a'.repeat(20_000)}.${'b'.repeat(20_000)}.${'c'.repeat(20_000)}`;

/** The name of each, and the expected status. */
const tooMuch: readonly (readonly [string, string, number])[] = [
  ['1 MB of headers', `${get}X-a: ${'a'.repeat(1_000_000)}\r\n\r\n`, 431],
  ['1 MB in 100,000 headers', `${get}${'X-a: bcd\r\n'.repeat(100_000)}\r\n`, 431],
  ['a path of 1 MB', `GET /${'a'.repeat(1_000_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 431],
  [
    'a token of 12 KB in a header',
    `${get}Authorization: Bearer ${hugeToken.slice(0, 12_000)}\r\n\r\n`,
    401,
  ],
  ['a token of 60 KB in a form', post('/introspect', form, `token=${hugeToken}`), 200],
  ['JSON, 30,000 deep', post('/api-keys/leaks', 'application/json', '['.repeat(60_000)), 400],
  ['a body of 1 MB', post('/token', form, 'a'.repeat(1_000_000)), 413],
];

/** slowhttptest, where it is installed: it reads with a small window, which Node cannot. */
async function readWithSmallWindow({ port }: KeywrightNode): Promise<string | undefined> {
  if (spawnSync('slowhttptest', ['-h']).error !== undefined) return undefined;
  const url = `http://127.0.0.1:${port}/.well-known/openid-configuration`;
  const options = '-X -c 500 -r 100 -w 1 -y 64 -n 5 -z 8 -k 10 -p 10 -l'
    .split(' ')
    .concat(String(holdSeconds - 10));
  const child = spawn('slowhttptest', [...options, '-u', url], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [out] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  return out;
}

describe('Slow callers', () => {
  let nodes: Nodes;
  let others: Others | undefined;
  beforeEach(async () => {
    nodes = await startNodes({ engine: 'SQLite', count: 1 });
  });
  afterEach(async () => {
    others?.stop();
    await nodes?.stop();
  });

  it('are cut off, and nobody else notices', async () => {
    const [node] = nodes.nodes as [KeywrightNode];
    const pid = node.child.pid ?? 0;
    // The processor time of twelve thousand callers belongs to them, and not to the server.
    keepOnCore(pid, 0);
    keepOnCore(process.pid, 1);
    others = await startOthers(node);
    await others.ask({ perSecond, seconds: 3 });
    const idle = await others.ask({ perSecond, seconds: idleSeconds });
    const before = residentMegabytes(pid);

    const watched = watchProcess(pid);
    const [held, small, loaded, ...statuses] = await Promise.all([
      holdSlowly({ port: node.port, seconds: holdSeconds, callers }),
      readWithSmallWindow(node),
      others.ask({ perSecond, seconds: holdSeconds }),
      ...tooMuch.map(async ([name, bytes, asked]) => {
        const seen = await Promise.all(Array.from({ length: 20 }, () => statusOf(node, bytes)));
        return { name, asked, seen: [...new Set(seen)] };
      }),
    ]);
    const grown = Math.max(0, watched().megabytes - before);
    const longest = Math.max(...held.map(({ longestSeconds }) => longestSeconds));
    const left = held.filter((kind) => kind.left > 0);
    const times = loaded.p99Milliseconds / idle.p99Milliseconds;
    const wrong = statuses.filter(({ asked, seen }) => seen.some((status) => status !== asked));

    record({
      test: 19,
      title: `${callers['idle connections']} idle connections; slow heads, bodies and readers; requests that are too large`,
      asked: `cut off within ${cutOffWithinSeconds} s, p99 of others at most ${slowerAtMost} times that of idle, at most ${moreMegabytes} MB more`,
      reached: [
        held.map(({ kind, longestSeconds }) => `${kind} ${longestSeconds.toFixed(0)} s`).join(', '),
        `p99 ${loaded.p99Milliseconds.toFixed(1)} ms, ${times.toFixed(1)} times ${idle.p99Milliseconds.toFixed(1)} ms`,
        `${grown.toFixed(0)} MB more`,
        small === undefined ? 'without slowhttptest' : 'with slowhttptest beside them',
      ].join('; '),
      passed:
        left.length === 0 &&
        longest <= cutOffWithinSeconds &&
        times <= slowerAtMost &&
        grown <= moreMegabytes &&
        wrong.length === 0,
    });
    expect(left).toEqual([]);
    expect(longest).toBeLessThanOrEqual(cutOffWithinSeconds);
    expect(wrong).toEqual([]);
    expect(loaded.outcomes).toEqual({ 200: loaded.sent });
    if (small !== undefined) expect(small).toMatch(/service available:.*YES/);
    expect(grown).toBeLessThanOrEqual(moreMegabytes);
    expect(times).toBeLessThanOrEqual(slowerAtMost);
  });
});
