/**
 * Signing keys are rotated while tokens are issued and verified. Two types of verifiers cache the
 * published keys. One works like the guard: it caches them for five minutes, and fetches again for
 * an unknown key. The other never fetches before its time is over. For the second one the times are
 * scaled: the default lead of 360 seconds compares to five minutes of caching and five seconds of
 * the server's cache as the lead here compares to two seconds and one.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { clientCredentials } from './actors.ts';
import { scaled } from './chance.ts';
import { describeOnBothEngines } from './engines.ts';
import { send } from './http.ts';
import { describeOutcomes, startLoad } from './load.ts';
import { type Nodes, startNodes } from './nodes.ts';
import { record } from './report.ts';
import { createAskingVerifier, createKeepingVerifier, type Verifier } from './verifiers.ts';

const rotations = scaled(20);
const perSecond = 200;
const keepSeconds = 2;
const cacheSeconds = 1;
const leadSeconds = 6;
const betweenMilliseconds = 2000;
const accessTokenSeconds = 600;

interface StoredKey {
  readonly kid: string;
  readonly activeAt: number;
  readonly retiredAt?: number;
}

describeOnBothEngines('Keys rotated under load', (engine) => {
  let nodes: Nodes;
  let verifiers: readonly Verifier[];
  /** The last token that each key signed. */
  const signed = new Map<string, string>();
  const failures: string[] = [];

  beforeAll(async () => {
    nodes = await startNodes({ engine, count: 3, settings: { cache_seconds: cacheSeconds } });
    const jwks = nodes.nodes.map(({ address }) => `${address}/jwks`);
    verifiers = [
      ...jwks.map((address) => createAskingVerifier(nodes.issuer, address)),
      ...jwks.map((address) => createKeepingVerifier(nodes.issuer, address, keepSeconds)),
    ];
  });
  afterAll(() => nodes?.stop());

  async function obtainAndVerify(index: number): Promise<{ readonly status: number }> {
    const { status, access_token: token } = await clientCredentials(nodes.nodes[index % 3]!);
    if (token === undefined) return { status };
    const verified = await Promise.allSettled(verifiers.map((verifier) => verifier.verify(token)));
    for (const [at, result] of verified.entries())
      if (result.status === 'rejected') failures.push(`verifier ${at}: ${String(result.reason)}`);
      else signed.set(result.value, token);
    return { status };
  }

  async function rotate(): Promise<void> {
    const flags = ['--algorithm', 'ES256', '--lead-seconds', String(leadSeconds)];
    const { code, err } = await nodes.command(['keys', 'rotate', ...flags]);
    if (code !== 0) throw new Error(err);
  }

  /** The keys of access tokens, in the order in which they began to sign. */
  async function listKeys(): Promise<readonly StoredKey[]> {
    const { out } = await nodes.command(['keys', 'list', '--json']);
    const keys = JSON.parse(out) as readonly (StoredKey & { readonly algorithm: string })[];
    return keys.filter(({ algorithm }) => algorithm === 'ES256');
  }

  async function readPublished(): Promise<readonly string[]> {
    const sets = await Promise.all(
      nodes.nodes.map(async ({ address }) => {
        const { body } = await send(`${address}/jwks`);
        return (JSON.parse(body) as { readonly keys: readonly { readonly kid: string }[] }).keys;
      }),
    );
    return sets.flat().map(({ kid }) => kid);
  }

  it('fails no verification, and serves former keys until the last token is dead', async () => {
    const load = startLoad({ perSecond, send: obtainAndVerify });
    for (let done = 0; done < rotations; done += 1) {
      const nextAt = performance.now() + betweenMilliseconds;
      await rotate();
      await wait(Math.max(0, nextAt - performance.now()));
    }
    await wait((leadSeconds + cacheSeconds + 2) * 1000);
    const result = await load.stop();
    const refused = result.sent - (result.outcomes['200'] ?? 0);

    const stored = await listKeys();
    const published = await readPublished();
    const missing = stored.filter(({ kid }) => published.filter((one) => one === kid).length < 3);
    // For each former key: from the start of the next key until it is no longer published.
    const served = stored
      .slice(0, -1)
      .map((key, at) => (key.retiredAt ?? 0) - (stored[at + 1]?.activeAt ?? 0));
    const former = await Promise.allSettled(
      [...signed.values()].map((token) =>
        createAskingVerifier(nodes.issuer, `${nodes.nodes[0]!.address}/jwks`).verify(token),
      ),
    );
    const refusedLate = former.filter(({ status }) => status === 'rejected').length;
    const shortest = Math.min(...served);

    record({
      test: 11,
      title: `${rotations} rotations at ${perSecond} requests/s, 3 nodes, 3 verifiers of each kind`,
      engine,
      asked: '0 verification failures',
      reached:
        `${failures.length} failures in ${result.sent * verifiers.length} verifications of ${signed.size} keys, ` +
        `at ${Math.round(result.perSecond)}/s (${describeOutcomes(result)}; p99 ${Math.round(result.p99Milliseconds)} ms)`,
      passed: failures.length === 0 && refused === 0 && signed.size === rotations + 1,
    });
    record({
      test: 11,
      title: 'former keys stay published',
      engine,
      asked: `until the last token is dead (${accessTokenSeconds} s)`,
      reached: `all ${stored.length} at all nodes, each former one for ${shortest} s more; ${refusedLate} of its tokens refused`,
      passed: missing.length === 0 && shortest >= accessTokenSeconds && refusedLate === 0,
    });
    expect(failures.slice(0, 5)).toEqual([]);
    expect(refused).toBe(0);
    expect(signed.size).toBe(rotations + 1);
    expect(missing).toEqual([]);
    expect(shortest).toBeGreaterThanOrEqual(accessTokenSeconds);
    expect(refusedLate).toBe(0);
  });
});
