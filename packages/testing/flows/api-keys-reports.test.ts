/**
 * Reports about API keys: their use, by the API that checks them itself, and their leaks, by
 * anybody who finds one.
 */
import { createHash } from 'node:crypto';
import { makeApiKey } from '@keywright/jwt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import {
  basic,
  createKeyedSunrise,
  exchange,
  introspect,
  issue,
  lastUse,
  listedIds,
  postJson,
} from './api-key-setting.ts';
import { billing, buildings } from './sunrise.ts';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createKeyedSunrise();
});
afterEach(() => platform.close());

const report = (body: unknown, clientId = 'buildings-api') =>
  postJson(platform, '/api-keys/usage', body, basic(platform, clientId));

describe('a usage report of API keys', () => {
  it('moves the last uses of the API’s keys forward, and gets an empty answer', async () => {
    const [one, other] = [(await issue(platform)).key, (await issue(platform)).key];
    const now = platform.clock.nowSeconds();
    const used = { [one.id]: now - 5, [other.id]: now, unknownunknown00: now };
    const answer = await report({ audience: buildings, used });
    expect([answer.status, answer.body]).toEqual([204, '']);
    expect(await lastUse(platform, one.id)).toBe(now - 5);
    expect(await lastUse(platform, other.id)).toBe(now);
    expect((await report({ audience: buildings, used: {} })).status).toBe(204);
  });

  it('moves no last use back, and none beyond the present', async () => {
    const { key } = await issue(platform);
    const now = platform.clock.nowSeconds();
    for (const [at, expected] of [
      [now - 10, now - 10],
      [now - 20, now - 10],
      [0, now - 10],
      [now + 10_000, now],
      [Number.MAX_SAFE_INTEGER, now],
    ] as const) {
      await report({ audience: buildings, used: { [key.id]: at } });
      expect(await lastUse(platform, key.id)).toBe(expected);
    }
  });

  it('that is sent fifty times at once leaves the latest use', async () => {
    const { key } = await issue(platform);
    const now = platform.clock.nowSeconds();
    await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        report({ audience: buildings, used: { [key.id]: now - ((index * 37) % 50) } }),
      ),
    );
    expect(await lastUse(platform, key.id)).toBe(now);
  });

  it('about another API’s keys changes nothing', async () => {
    const { key } = await issue(platform);
    const used = { [key.id]: platform.clock.nowSeconds() };
    expect((await report({ audience: billing, used }, 'billing-api')).status).toBe(204);
    expect(await lastUse(platform, key.id)).toBeUndefined();
  });
});

const leaks = (body: unknown, remoteAddress?: string) =>
  postJson(platform, '/api-keys/leaks', body, {}, remoteAddress);
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

describe('a leak report of API keys', () => {
  it('in the format of GitHub’s alerts revokes the key, and labels each finding', async () => {
    const { key, text } = await issue(platform);
    const foreign = makeApiKey('live', (length) => platform.ports.random.bytes(length)).text;
    const url = 'https://github.com/sunrise/jobs/blob/main/night.sh?raw=1#L3';
    const answer = await leaks([
      { token: text, type: 'keywright_api_key', url, source: 'content' },
      { token: foreign, type: 'keywright_api_key', url: '' },
      { token: 'no key at all' },
    ]);
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual([
      { token_hash: hashOf(text), token_type: 'keywright_api_key', label: 'true_positive' },
      { token_hash: hashOf(foreign), token_type: 'keywright_api_key', label: 'false_positive' },
      { token_hash: hashOf('no key at all'), label: 'false_positive' },
    ]);
    expect(await platform.store.apiKeys.load(key.id)).toMatchObject({
      revokedAt: platform.clock.nowSeconds(),
      revokedBecause: 'reported as leaked',
    });
    expect(platform.events.at(-1)).toMatchObject({
      type: 'api_key.leaked',
      keyId: key.id,
      clientId: 'collector',
      place: 'https://github.com/sunrise/jobs/blob/main/night.sh',
    });
  });

  it('ends the key at introspection, exchange and manifest, and ends the tokens that it was exchanged for', async () => {
    const { text } = await issue(platform);
    const { access_token } = (await exchange(platform, text)).json as { access_token: string };
    await leaks([{ token: text }]);
    expect((await introspect(platform, text))['active']).toBe(false);
    expect((await introspect(platform, access_token))['active']).toBe(false);
    expect((await exchange(platform, text)).status).toBe(401);
    expect(await listedIds(platform)).toEqual([]);
  });

  it('may be repeated, and fifty at once make one revocation and one line in the log', async () => {
    const { text } = await issue(platform);
    const twice = [{ token: text }, { token: text }];
    const answers = await Promise.all(Array.from({ length: 50 }, () => leaks(twice)));
    for (const { json } of answers)
      expect(json).toMatchObject([{ label: 'true_positive' }, { label: 'true_positive' }]);
    expect(platform.events.filter(({ type }) => type === 'api_key.leaked')).toHaveLength(1);
  });

  it('about a key that had expired is still labelled as true', async () => {
    const { text } = await issue(platform, { lifetimeSeconds: 60 });
    platform.clock.advance(61);
    expect((await leaks([{ token: text }])).json).toMatchObject([{ label: 'true_positive' }]);
  });

  it.each([
    ['in the path', (key: string) => `https://x.example/${key}`],
    ['in the query', (key: string) => `https://x.example/?key=${key}`],
    ['as a user', (key: string) => `https://${key}@x.example/`],
    ['encoded', (key: string) => `https://x.example/${key.replaceAll('_', '%5f')}`],
    [
      'encoded in part',
      (key: string) => `https://x.example/${key.slice(4, 40)}%41${key.slice(41)}`,
    ],
    ['encoded twice', (key: string) => `https://x.example/${key.replaceAll('_', '%255f')}`],
    ['without its prefix', (key: string) => `https://x.example/${key.slice(4)}`],
  ])(
    'puts no part of the key in its answer or the log when the address of the finding contains it %s',
    async (_, place) => {
      const { text } = await issue(platform);
      const answer = await leaks([{ token: text, url: place(text) }]);
      expect(answer.json).toMatchObject([{ label: 'true_positive' }]);
      for (const told of [answer.body, JSON.stringify(platform.events)]) {
        expect(told).not.toContain('kwk');
        expect(told).not.toContain(text.slice(-30));
      }
    },
  );

  it('keeps the address of a file in a commit, because a commit id is no secret', async () => {
    const { text } = await issue(platform);
    const url = `https://github.com/sunrise/jobs/blob/${'0123456789'.repeat(4)}/night%20job.sh`;
    await leaks([{ token: text, url }]);
    expect(platform.events.at(-1)).toMatchObject({ type: 'api_key.leaked', place: url });
  });
});
