/**
 * Clocks that differ: of nodes, of clients, and one that is set back or passes a leap day. Expiry
 * times move by at most the difference of the clocks, windows have their configured length, and a
 * node with a very wrong clock is not used.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import {
  anyKey,
  createDpopProver,
  generateSigningKey,
  noAccessToken,
  verifyDpopProof,
} from '@keywright/jwt';
import { afterEach, describe, expect, it } from 'vitest';
import { root } from '../interop/process.ts';
import {
  addPeople,
  askForTokens,
  clientCredentials,
  type Code,
  introspect,
  obtainCode,
  obtainTokens,
  redeem,
  refresh,
  signIn,
  visit,
} from './actors.ts';
import { ada, configuration, ownClient, service } from './cast.ts';
import { queryRows } from './database.ts';
import { describeOnBothEngines, type Engine, isPostgresLeftOut } from './engines.ts';
import { send } from './http.ts';
import { type KeywrightNode, type Nodes, startNodes } from './nodes.ts';
import { record } from './report.ts';

const codeSeconds = 60;
const retrySeconds = 60;
const hour = 3600;
/** Times are whole seconds, and a request takes a moment. */
const rounding = 2;

interface SkewedNodes extends Nodes {
  /** Seconds ahead of the true time. Negative: behind it. */
  setClock(index: number, seconds: number): Promise<void>;
  stop(): Promise<void>;
}

async function startSkewed(
  engine: Engine,
  offsets: readonly number[],
  settings: Readonly<Record<string, unknown>> = {},
): Promise<SkewedNodes> {
  const folder = mkdtempSync(path.join(tmpdir(), 'keywright-clocks-'));
  const fileOf = (index: number) => path.join(folder, `clock-${index}`);
  for (const [index, seconds] of offsets.entries()) writeFileSync(fileOf(index), String(seconds));
  const preload = pathToFileURL(path.join(root, 'faults/skewed-clock.ts')).href;
  try {
    const nodes = await startNodes({
      engine,
      count: offsets.length,
      settings,
      nodeFlags: (index) => ['--import', `${preload}?file=${encodeURIComponent(fileOf(index))}`],
    });
    return {
      ...nodes,
      setClock: async (index, seconds) => {
        writeFileSync(fileOf(index), String(seconds));
        // It looks fifty times a second.
        await wait(200);
      },
      stop: async () => {
        await nodes.stop();
        rmSync(folder, { recursive: true });
      },
    };
  } catch (error) {
    rmSync(folder, { recursive: true });
    throw error;
  }
}

const nowSeconds = () => Math.floor(Date.now() / 1000);

interface Times {
  readonly iat: number;
  readonly exp: number;
}

function timesOf(token: string): Times {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as Times;
}

let nodes: SkewedNodes | undefined;
afterEach(async () => {
  await nodes?.stop();
  nodes = undefined;
});

describeOnBothEngines('Three nodes whose clocks differ', (engine) => {
  it.each([10, 58])('by %i s to either side', async (skew) => {
    const offsets = [0, skew, -skew];
    nodes = await startSkewed(engine, offsets);
    const all = nodes.nodes;
    const people = await addPeople(nodes, 3);
    const wrong: string[] = [];
    const check = (isSo: boolean, what: string): void => {
      if (!isSo) wrong.push(what);
    };

    const lives = new Set<number>();
    let longest = Number.NEGATIVE_INFINITY;
    for (const [index, node] of all.entries()) {
      const { access_token = '' } = await clientCredentials(node);
      const { iat, exp } = timesOf(access_token);
      check(iat < exp, `node ${index}: a token with iat ${iat} and exp ${exp}`);
      lives.add(exp - iat);
      longest = Math.max(longest, exp - nowSeconds() - (exp - iat));
    }
    check(lives.size === 1, 'lives of access tokens differ');

    for (const [at, issuing] of all.entries())
      for (const [to, redeeming] of all.entries()) {
        const code = await obtainCode(issuing, people[at]!);
        const { status } = await redeem(redeeming, code);
        const apart = offsets[to]! - offsets[at]!;
        // At the exact end of its lifetime, both answers are right.
        const isRight =
          Math.abs(apart - codeSeconds) <= rounding || status === (apart < codeSeconds ? 200 : 400);
        check(isRight, `a code of node ${at} at node ${to}: ${status}`);
      }
    const [codes] = await queryRows(nodes.database, 'SELECT MAX(expires_at) AS ends FROM codes');
    longest = Math.max(longest, Number(codes?.['ends']) - nowSeconds() - codeSeconds);

    let { refresh_token: token } = await obtainTokens(all[0]!, people[0]!);
    for (let turn = 1; turn <= 30; turn += 1) {
      const answer = await refresh(all[turn % 3]!, token);
      check(
        answer.refresh_token !== undefined,
        `rotation ${turn}: ${answer.status} ${answer.error}`,
      );
      token = answer.refresh_token ?? token;
    }

    for (const [at, to] of [0, 1, 2].flatMap((one) =>
      [0, 1, 2].map((other) => [one, other] as const),
    )) {
      if (Math.abs(offsets[at]! - offsets[to]!) >= retrySeconds - rounding) continue;
      const { refresh_token: spent } = await obtainTokens(all[0]!, people[0]!);
      const first = await refresh(all[at]!, spent);
      const again = await refresh(all[to]!, spent);
      const isSame =
        first.refresh_token !== undefined && first.refresh_token === again.refresh_token;
      check(isSame, `an honest retry of node ${at} at node ${to}: ${again.status} ${again.error}`);
    }

    for (const [at, to] of [
      [1, 0],
      [0, 2],
    ] as const) {
      const session = await signIn(all[at]!);
      const { code } = await obtainCode(all[to]!, session);
      check(code !== '', `a session of node ${at} at node ${to}`);
    }

    record({
      test: 10,
      title: `three nodes whose clocks differ by ${skew} s`,
      engine,
      asked:
        'no token with iat > exp, lifetimes differ by at most the skew, codes and retries accepted across nodes',
      reached: `lifetimes differ by at most ${longest} s, ${wrong.length} wrong answers`,
      passed: wrong.length === 0 && longest <= skew + rounding,
    });
    expect(wrong).toEqual([]);
    expect(longest).toBeLessThanOrEqual(skew + rounding);
  });
});

async function isReady({ address }: KeywrightNode): Promise<boolean> {
  return (await send(`${address}/health/ready`)).status === 200;
}

async function waitUntilReady(node: KeywrightNode, wanted: boolean): Promise<number> {
  const began = performance.now();
  while ((await isReady(node)) !== wanted) {
    if (performance.now() - began > 15_000) return Number.POSITIVE_INFINITY;
    await wait(50);
  }
  return (performance.now() - began) / 1000;
}

describe.skipIf(isPostgresLeftOut)(
  'A node whose clock is an hour off the one of PostgreSQL',
  () => {
    it.each([hour, -hour])(
      'by %i s does not start, and is not ready once it is so',
      async (offset) => {
        nodes = await startSkewed('PostgreSQL', [0, 0]);
        const [good, bad] = [nodes.nodes[0]!, nodes.nodes[1]!];
        await nodes.setClock(1, offset);
        const out = await waitUntilReady(bad, false);
        const isOtherReady = await isReady(good);
        await nodes.setClock(1, 0);
        const back = await waitUntilReady(bad, true);
        await bad.kill('SIGTERM');
        await nodes.setClock(1, offset);
        const refusal = await bad.restart().then(
          () => 'it started',
          (error: Error) => error.message,
        );
        const isTold = /The clock of this machine is \d+ s (?:ahead of|behind) the database's/.test(
          refusal,
        );
        record({
          test: 10,
          title: `a node ${Math.abs(offset / hour)} h ${offset > 0 ? 'ahead' : 'behind'}`,
          engine: 'PostgreSQL',
          asked:
            'it does not start; a running node is not ready until its clock is right; other nodes continue',
          reached: `${isTold ? 'does not start' : 'starts'}; not ready after ${out.toFixed(1)} s, ready again after ${back.toFixed(1)} s`,
          passed: isTold && out <= 5 && back <= 5 && isOtherReady,
        });
        expect(refusal).toMatch(
          /The clock of this machine is \d+ s (?:ahead of|behind) the database's/,
        );
        expect(out).toBeLessThanOrEqual(5);
        expect(back).toBeLessThanOrEqual(5);
        expect(isOtherReady).toBe(true);
      },
    );
  },
);

/** How many of these simultaneous requests are answered. */
async function countAllowed(
  count: number,
  ask: () => Promise<{ readonly status: number }>,
): Promise<number> {
  const answers = await Promise.all(Array.from({ length: count }, ask));
  return answers.filter(({ status }) => status !== 429).length;
}

/** Wrong passwords, as many as are accepted. */
async function guess(node: KeywrightNode, count: number): Promise<number> {
  let tried = 0;
  for (let guesses = 0; guesses < count; guesses += 1) {
    const form = {
      grant_type: 'password',
      username: ada.email,
      password: 'wrong',
      scope: 'openid',
    };
    const headers = { 'x-fapi-customer-ip-address': '198.51.100.7' };
    const { status } = await askForTokens(node, ownClient, form, { headers });
    if (status !== 429) tried += 1;
  }
  return tried;
}

describeOnBothEngines('A clock that is put back by an hour while the node runs', (engine) => {
  it('ends nothing, opens no limit, and hides no revocation', async () => {
    const limit = { per_second: 1, burst: 5 };
    const clients = configuration.clients.map((client) =>
      client.client_id === service.id ? { ...client, limit } : client,
    );
    nodes = await startSkewed(engine, [0], { clients });
    const node = nodes.nodes[0]!;
    const [person] = await addPeople(nodes, 1);
    const tokens = await obtainTokens(node, person!);
    const guessesBefore = await guess(node, 40);
    const burst = await countAllowed(20, () => clientCredentials(node));

    await nodes.setClock(0, hour);
    const burstAhead = await countAllowed(20, () => clientCredentials(node));
    await nodes.setClock(0, 0);

    await nodes.setClock(0, -hour);
    const guessesAfter = await guess(node, 40);
    await wait(1500);
    const burstBack = await countAllowed(20, () => clientCredentials(node));
    const rotated = await refresh(node, tokens.refresh_token);
    const next = await refresh(node, rotated.refresh_token ?? '');
    const { iat, exp } = timesOf(rotated.access_token ?? tokens.access_token);
    const isAlive = await introspect(node, next.access_token ?? '');
    const code: Code = await obtainCode(node, person!);
    const redeemed = await redeem(node, code);
    await nodes.command(['clients', 'disable', ownClient.id]);
    await wait(6000);
    const refused = await refresh(node, next.refresh_token ?? '');

    const ended = [rotated.status, next.status, redeemed.status].filter((status) => status !== 200);
    // By a clock that is never set back, one or two seconds have passed meanwhile.
    const isMonotonic = burst === 5 && burstAhead <= 2 && burstBack >= 1 && burstBack <= 3;
    record({
      test: 10,
      title: 'a clock is set back by 1 h',
      engine,
      asked:
        'no session or token ends, the limits work as before, a disabled client is refused within 6 s, iat < exp',
      reached:
        `${ended.length} of 3 ended, the token ${isAlive ? 'alive' : 'dead'}; of 20 at once ${burst}, after +1 h ${burstAhead}, after −1 h ${burstBack} let through; ` +
        `${guessesAfter} more guesses; the disabled client is answered ${refused.status}`,
      passed:
        ended.length === 0 &&
        isAlive &&
        isMonotonic &&
        guessesAfter === 0 &&
        refused.status === 401 &&
        iat < exp,
    });
    expect(ended).toEqual([]);
    expect(isAlive).toBe(true);
    expect(burst).toBe(5);
    expect(burstAhead).toBeLessThanOrEqual(2);
    expect(burstBack).toBeGreaterThanOrEqual(1);
    expect(burstBack).toBeLessThanOrEqual(3);
    expect(guessesBefore).toBeLessThan(40);
    expect(guessesAfter).toBe(0);
    expect(refused.status).toBe(401);
    expect(iat).toBeLessThan(exp);
  });
});

describe('A leap day', () => {
  it('begins and ends like any other', async () => {
    const midnights = ['2028-02-29T00:00:00Z', '2028-03-01T00:00:00Z', '2029-01-01T00:00:00Z'];
    nodes = await startSkewed('SQLite', [0]);
    const node = nodes.nodes[0]!;
    const wrong: string[] = [];
    for (const midnight of midnights) {
      await nodes.setClock(0, Date.parse(midnight) / 1000 - nowSeconds() - 3);
      const session = await signIn(node);
      const { refresh_token, access_token } = await obtainTokens(node, session);
      const code = await obtainCode(node, session);
      await wait(4000);
      const page = await visit(node, '/account', session);
      const answers = [await redeem(node, code), await refresh(node, refresh_token)];
      const [former, latter] = [
        timesOf(access_token),
        timesOf(answers[1]?.access_token ?? access_token),
      ];
      if (page.answer.status !== 200 || answers.some(({ status }) => status !== 200))
        wrong.push(
          `${midnight}: ${[page.answer, ...answers].map(({ status }) => status).join(' ')}`,
        );
      const boundary = Date.parse(midnight) / 1000;
      if (former.iat >= boundary || latter.iat < boundary) wrong.push(`${midnight}: not gone over`);
      if (former.exp - former.iat !== latter.exp - latter.iat)
        wrong.push(`${midnight}: lives differ`);
    }
    record({
      test: 10,
      title: 'before and after a leap day, and over the end of a year',
      engine: 'SQLite',
      asked: 'sessions, codes and tokens continue, lifetimes do not change',
      reached: `${midnights.length - wrong.length} of ${midnights.length} as before`,
      passed: wrong.length === 0,
    });
    expect(wrong).toEqual([]);
  });
});

describe('A client whose clock is off', () => {
  it('has its DPoP proofs taken up to 60 s behind and 10 s ahead', async () => {
    const { privateKey } = await generateSigningKey('ES256');
    const prover = createDpopProver({ algorithm: 'ES256', privateKey });
    const request = {
      method: 'GET',
      url: 'https://api.sunrise.example/buildings',
      nowSeconds: nowSeconds(),
    };
    const first = { accessToken: noAccessToken, thumbprint: anyKey } as const;
    const isTaken = (skew: number): boolean => {
      const proof = prover.prove({
        ...request,
        nowSeconds: request.nowSeconds + skew,
        jti: crypto.randomUUID(),
      });
      try {
        return verifyDpopProof(proof, { ...request, ...first }).thumbprint === prover.thumbprint;
      } catch {
        return false;
      }
    };
    const skews = [-hour, -61, -60, -10, 0, 5, 10, 11, 60, hour];
    const taken = skews.filter(isTaken);
    record({
      test: 10,
      title: 'DPoP proofs of clients whose clocks are 5 s to 1 h wrong',
      asked: 'accepted from 60 s behind to 10 s ahead, others refused',
      reached: `taken at ${taken.join(', ')} s of ${skews.join(', ')}`,
      passed: taken.join(' ') === '-60 -10 0 5 10',
    });
    expect(taken).toEqual([-60, -10, 0, 5, 10]);
  });
});
