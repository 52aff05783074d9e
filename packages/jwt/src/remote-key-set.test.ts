import { beforeEach, describe, expect, it } from 'vitest';
import { JwtError } from './jwt-error.ts';
import { type GeneratedKey, generateSigningKey } from './key-set.ts';
import type { OutboundAnswer } from './outbound.ts';
import { createRemoteKeySet, type RemoteKeySetOptions } from './remote-key-set.ts';

const [first, second] = await Promise.all([
  generateSigningKey('ES256'),
  generateSigningKey('ES256'),
]);

let published: GeneratedKey[];
let fetches: number;
let now: number;
let isDown: boolean;
let maxAgeSeconds: number | undefined;

beforeEach(() => {
  published = [first];
  fetches = 0;
  now = 1_000_000;
  isDown = false;
  maxAgeSeconds = undefined;
});

async function fetch(): Promise<OutboundAnswer> {
  fetches += 1;
  if (isDown) throw new Error('down');
  return { body: { keys: published.map((key) => key.publicJwk) }, maxAgeSeconds };
}

const create = (options: Partial<RemoteKeySetOptions> = {}) =>
  createRemoteKeySet({ url: 'https://issuer.example/jwks', fetch, clock: () => now, ...options });
const pass = (seconds: number) => {
  now += seconds * 1000;
};
/** Waits for work that was started in the background. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('a remote key set', () => {
  it('is fetched on first use, once for all waiting callers', async () => {
    const keys = create();
    expect(fetches).toBe(0);
    const found = await Promise.all(
      Array.from({ length: 100 }, async () => keys.resolve(first.kid, 'ES256')),
    );
    expect(fetches).toBe(1);
    expect(found.every((key) => key?.kid === first.kid)).toBe(true);
  });

  it('answers at once when the key is known', async () => {
    const keys = create();
    await keys.resolve(first.kid, 'ES256');
    expect(keys.resolve(first.kid, 'ES256')).toMatchObject({ kid: first.kid });
    expect(fetches).toBe(1);
  });

  it('is refreshed in the background before it is old, and no caller waits', async () => {
    const keys = create({ freshSeconds: 100 });
    await keys.resolve(first.kid, 'ES256');
    pass(79);
    expect(keys.resolve(first.kid, 'ES256')).toMatchObject({ kid: first.kid });
    expect(fetches).toBe(1);
    pass(1);
    published = [first, second];
    expect(keys.resolve(first.kid, 'ES256')).toMatchObject({ kid: first.kid });
    expect(keys.resolve(first.kid, 'ES256')).toMatchObject({ kid: first.kid });
    expect(fetches).toBe(2);
    await settle();
    expect(keys.resolve(second.kid, 'ES256')).toMatchObject({ kid: second.kid });
  });

  it.each([
    [undefined, 240],
    [10, 48],
    [1000, 800],
    [1_000_000, 2880],
  ])('with max-age %s is refreshed after %i s', async (maxAge, after) => {
    maxAgeSeconds = maxAge;
    const keys = create();
    await keys.resolve(first.kid, 'ES256');
    pass(after - 1);
    keys.current();
    expect(fetches).toBe(1);
    pass(1);
    keys.current();
    expect(fetches).toBe(2);
  });

  it('drops a key that is no longer published', async () => {
    const keys = create({ freshSeconds: 100 });
    await keys.resolve(first.kid, 'ES256');
    published = [second];
    pass(100);
    keys.current();
    await settle();
    expect(await keys.resolve(first.kid, 'ES256')).toBeUndefined();
  });

  it('is used through an outage until it is stale, and fetched again at intervals', async () => {
    const keys = create({ freshSeconds: 100, staleSeconds: 1000 });
    await keys.resolve(first.kid, 'ES256');
    isDown = true;
    for (let n = 0; n < 99; n += 1) {
      pass(10);
      expect(await keys.resolve(first.kid, 'ES256')).toMatchObject({ kid: first.kid });
      await settle();
    }
    expect(fetches).toBeLessThanOrEqual(1 + 93);
    pass(10);
    await expect(async () => keys.resolve(first.kid, 'ES256')).rejects.toMatchObject({
      reason: 'keys_unavailable',
    });
    isDown = false;
    pass(1);
    expect(await keys.resolve(first.kid, 'ES256')).toMatchObject({ kid: first.kid });
  });

  it('is fetched again for an unknown key, and has the new one', async () => {
    const keys = create();
    await keys.resolve(first.kid, 'ES256');
    published = [first, second];
    pass(10);
    expect(await keys.resolve(second.kid, 'ES256')).toMatchObject({ kid: second.kid });
    expect(fetches).toBe(2);
  });

  describe('asked for unknown keys again and again', () => {
    let timers: (() => void)[];
    const wait = () => new Promise<void>((resolve) => timers.push(resolve));
    const ring = async () => {
      for (const timer of timers.splice(0)) timer();
      await settle();
    };
    beforeEach(() => {
      timers = [];
    });

    it('is fetched at most once an interval; who comes in between waits for the next fetch', async () => {
      const keys = create({ wait });
      await keys.resolve(first.kid, 'ES256');
      // One fetch for the first unknown key, however recently the set was fetched, because the key
      // may be new.
      expect(await keys.resolve('unknown', 'ES256')).toBeUndefined();
      expect(fetches).toBe(2);
      for (let interval = 1; interval <= 5; interval += 1) {
        const flood = Promise.all(
          Array.from({ length: 500 }, async (_, n) => keys.resolve(`unknown ${n}`, 'ES256')),
        );
        await settle();
        expect(fetches).toBe(1 + interval);
        expect(timers).toHaveLength(1);
        pass(2);
        await ring();
        expect((await flood).filter((key) => key !== undefined)).toEqual([]);
        expect(fetches).toBe(2 + interval);
      }
    });

    it('finds a new key although a caller has just invented one', async () => {
      const keys = create({ wait });
      await keys.resolve(first.kid, 'ES256');
      await keys.resolve('made up', 'ES256');
      published = [first, second];
      pass(1);
      const found = keys.resolve(second.kid, 'ES256');
      expect(keys.resolve(first.kid, 'ES256')).toMatchObject({ kid: first.kid });
      pass(1);
      await ring();
      expect(await found).toMatchObject({ kid: second.kid });
      expect(fetches).toBe(3);
    });

    it('lets at most a thousand callers wait, and does not report the tokens of the others as invalid', async () => {
      const keys = create({ wait });
      await keys.resolve(first.kid, 'ES256');
      await keys.resolve('made up', 'ES256');
      const waiting = Array.from({ length: 1000 }, async (_, n) =>
        keys.resolve(`unknown ${n}`, 'ES256'),
      );
      await expect(keys.resolve('one more', 'ES256')).rejects.toMatchObject({
        reason: 'keys_unavailable',
      });
      pass(2);
      await ring();
      expect(new Set(await Promise.all(waiting))).toEqual(new Set([undefined]));
      expect(await keys.resolve(first.kid, 'ES256')).toMatchObject({ kid: first.kid });
    });

    it('does not wait while the set cannot be reached', async () => {
      const keys = create({ wait });
      await keys.resolve(first.kid, 'ES256');
      isDown = true;
      for (let n = 0; n < 3; n += 1) {
        await expect(keys.resolve(`unknown ${n}`, 'ES256')).rejects.toMatchObject({
          reason: 'keys_unavailable',
        });
      }
      expect([fetches, timers.length]).toEqual([2, 0]);
      isDown = false;
      published = [second];
      pass(2);
      expect(await keys.resolve(second.kid, 'ES256')).toMatchObject({ kid: second.kid });
    });
  });

  it('keeps the known keys when the search for an unknown one fails, and does not report the token as invalid', async () => {
    const keys = create();
    await keys.resolve(first.kid, 'ES256');
    pass(10);
    isDown = true;
    await expect(keys.resolve('unknown', 'ES256')).rejects.toMatchObject({
      reason: 'keys_unavailable',
    });
    expect(keys.resolve(first.kid, 'ES256')).toMatchObject({ kid: first.kid });
  });

  it('reports that there are no keys if none were ever fetched, and tries again after a second', async () => {
    isDown = true;
    const keys = create();
    await expect(async () => keys.resolve(first.kid, 'ES256')).rejects.toThrow(JwtError);
    expect(() => keys.resolve(first.kid, 'ES256')).toThrow(JwtError);
    expect(fetches).toBe(1);
    isDown = false;
    pass(1);
    expect(await keys.resolve(first.kid, 'ES256')).toMatchObject({ kid: first.kid });
  });

  it('continues to fetch after the clock was set back', async () => {
    const keys = create();
    await keys.resolve(first.kid, 'ES256');
    pass(-3600);
    published = [second];
    expect(await keys.resolve(second.kid, 'ES256')).toMatchObject({ kid: second.kid });
  });

  it('survives a finder that throws at once, and reports it', async () => {
    const told: unknown[] = [];
    const keys = create({
      url: () => {
        throw new Error('no metadata');
      },
      onFetchFailed: (error) => told.push(error),
    });
    await expect(async () => keys.resolve(first.kid, 'ES256')).rejects.toThrow(JwtError);
    pass(1);
    await expect(async () => keys.resolve(first.kid, 'ES256')).rejects.toThrow(JwtError);
    expect(told).toHaveLength(2);
  });

  it('ignores an answer that is no key set', async () => {
    const keys = create({
      fetch: async () => ({ body: { keys: 'none' }, maxAgeSeconds: undefined }),
    });
    await expect(async () => keys.resolve(first.kid, 'ES256')).rejects.toThrow(JwtError);
  });
});
