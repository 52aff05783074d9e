/**
 * The cost of floods of tokens. Time is processor time, so that other work on the machine does not
 * count.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { generateSigningKey, type OutboundFetch, signJwtSync } from '@keywright/jwt';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { isLong, sample } from '../../jwt/src/testing-parts/series.ts';
import { createGuard, type Guard } from './guard.ts';
import {
  audience,
  createGuardFixture,
  createIssuer,
  issuer,
  present,
  startedAt,
} from './testing-parts/fixture.ts';
import { describeFloods } from './testing-parts/floods.ts';
import { mounts } from './testing-parts/mounts/index.ts';

for (const { name, mount } of sample(mounts, 4)) describeFloods(name, mount);

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

const megabytes = (bytes: number) => bytes / 2 ** 20;

async function verdictOf(guard: Guard, token: string): Promise<string> {
  try {
    await guard.authenticate(present({ authorization: `Bearer ${token}` }));
    return 'accepted';
  } catch (error) {
    return (error as { reason?: string }).reason ?? 'thrown';
  }
}

/** The processor time of the work, in milliseconds. */
async function spend(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const one = await createIssuer();
const foreignIssuer = await createIssuer();
const unknownKid = { alg: 'ES256', typ: 'at+jwt' };
const body = one.token().split('.').slice(1).join('.');
const head = (header: object) => Buffer.from(JSON.stringify(header)).toString('base64url');

const garbage: readonly (readonly [string, string, (n: number) => string])[] = [
  ['that are no tokens', 'token_malformed', (n) => `garbage-${n}-${'x'.repeat(500)}`],
  [
    'with a key id each',
    'token_signature_wrong',
    (n) => `${head({ ...unknownKid, kid: `kid-${n}` })}.${body}`,
  ],
  [
    'with a header each that is long',
    'token_signature_wrong',
    (n) => `${head({ ...unknownKid, kid: `kid-${n}`, pad: 'x'.repeat(2000) })}.${body}`,
  ],
  ['by an unknown key', 'token_signature_wrong', (n) => foreignIssuer.token({ jti: `token-${n}` })],
  [
    'of an unknown issuer',
    'token_issuer_wrong',
    (n) => foreignIssuer.token({ iss: `https://${n}.example` }),
  ],
  ['nested too deep', 'token_malformed', (n) => `${head({ ...unknownKid, n })}.${nested}.AAAA`],
];
const nested = Buffer.from('['.repeat(6000)).toString('base64url');

/** `npm test` sends those that would take the most memory. */
const sent = garbage.filter(([name]) => isLong || name === 'with a header each that is long');

describe('10 000 different bad tokens', () => {
  it.each(sent)(
    'get the answer for %s: %s each, and leave nothing in memory',
    async (_name, reason, make) => {
      const { guard, events } = createGuardFixture([one.key], { onRefusal: () => {} });
      const send = async (from: number, to: number) => {
        for (let n = from; n < to; n += 1) {
          const verdict = await verdictOf(guard, make(n));
          if (verdict !== reason) throw new Error(`token ${n}: ${verdict}`);
        }
      };
      await send(0, 1000);
      const before = heapBytes();
      const first = await spend(() => send(1000, 4000));
      const second = await spend(() => send(4000, 7000));
      const third = await spend(() => send(7000, 10_000));
      expect(megabytes(heapBytes() - before)).toBeLessThan(8);
      // The later parts cost as much as the first. A busy machine may make a part slow.
      if (isLong) expect(Math.min(second, third)).toBeLessThan(3 * first + 200);
      expect(events).toEqual([]);
    },
  );
});

describe('many good tokens', () => {
  it('are cached up to the configured number', async () => {
    const entries = 200;
    const { guard } = createGuardFixture([one.key], { cacheEntries: entries });
    const pad = 'x'.repeat(6000);
    const send = async (from: number, to: number) => {
      for (let n = from; n < to; n += 1) {
        const verdict = await verdictOf(guard, one.token({ jti: `token-${n}`, pad: `${n}${pad}` }));
        if (verdict !== 'accepted') throw new Error(`token ${n}: ${verdict}`);
      }
    };
    await send(0, 1000);
    const before = heapBytes();
    await send(1000, 5000);
    // All of them would be 24 MB of claims alone.
    expect(megabytes(heapBytes() - before)).toBeLessThan(6);
  });
});

describe('many key ids', () => {
  it('cause one fetch of the keys in each interval, and a new key is still found', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    let now = startedAt;
    let fetches = 0;
    let published = [one.key.publicJwk];
    const fetch: OutboundFetch = async () => {
      fetches += 1;
      return { body: { keys: published }, maxAgeSeconds: 3600 };
    };
    const guard = createGuard({
      issuer: { issuer, keys: { jwksUri: 'https://issuer.example/jwks' } },
      audience,
      outbound: { fetchJson: fetch, send: () => Promise.reject(new Error('not here')) },
      clock: () => now,
    });
    /** Requests between two fetches wait for the second one, so the clock is moved on. */
    const flood = async (from: number, count: number) => {
      const tokens = Array.from(
        { length: count },
        (_, n) => `${head({ ...unknownKid, kid: `kid-${from + n}` })}.${body}`,
      );
      const verdicts = Promise.all(tokens.map((token) => verdictOf(guard, token)));
      for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      now += 2000;
      vi.runAllTimers();
      expect([...new Set(await verdicts)]).toEqual(['token_signature_wrong']);
    };
    for (let round = 0; round < 10; round += 1) await flood(round * 1000, 1000);
    // The first fetch, one for the first unknown name, and one for each two seconds of flood.
    expect(fetches).toBeLessThanOrEqual(2 + 10);
    const rotated = await generateSigningKey('ES256');
    published = [one.key.publicJwk, rotated.publicJwk];
    const key = { kid: rotated.kid, algorithm: 'ES256', privateKey: rotated.privateKey } as const;
    const { iss, aud, ...rest } = JSON.parse(
      Buffer.from(body.split('.')[0]!, 'base64url').toString(),
    ) as Record<string, unknown>;
    const found = verdictOf(guard, signJwtSync(key, 'at+jwt', { iss, aud, ...rest }));
    await flood(10_000, 900);
    expect(await found).toBe('accepted');
    expect(fetches).toBeLessThanOrEqual(2 + 11);
  });
});
