/** Invalid reports about API keys: unauthenticated, malformed, too large, too many. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import { basic, createKeyedSunrise, issue, lastUse, postJson } from './api-key-setting.ts';
import { buildings } from './sunrise.ts';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createKeyedSunrise();
});
afterEach(() => platform.close());

describe('a usage report of API keys is refused', () => {
  const report = (body: unknown, headers: Readonly<Record<string, string>>) =>
    postJson(platform, '/api-keys/usage', body, headers);

  it('without authentication, with a key as the secret, and with the secret in the body: 401', async () => {
    const { key, text } = await issue(platform);
    const used = { [key.id]: platform.clock.nowSeconds() };
    const secret = {
      client_id: 'buildings-api',
      client_secret: platform.secrets.get('buildings-api'),
    };
    for (const [body, headers] of [
      [{ audience: buildings, used }, {}],
      [{ audience: buildings, used, ...secret }, {}],
      [{ audience: buildings, used }, { authorization: `ApiKey ${text}` }],
    ] as const)
      expect((await report(body, headers)).status).toBe(401);
    expect(await lastUse(platform, key.id)).toBeUndefined();
  });

  it.each(['collector', 'billing-api'])(
    'from %s, which does not represent the API: 403',
    async (clientId) => {
      const { key } = await issue(platform);
      const body = { audience: buildings, used: { [key.id]: platform.clock.nowSeconds() } };
      const answer = await report(body, basic(platform, clientId));
      expect([answer.status, answer.reason]).toEqual([403, 'resource_forbidden']);
      expect(await lastUse(platform, key.id)).toBeUndefined();
    },
  );

  it('about an unknown API: 404', async () => {
    const body = { audience: 'https://unknown.example', used: {} };
    expect((await report(body, basic(platform, 'buildings-api'))).status).toBe(404);
  });

  it('with a key in the place of the API: 404, and the log shows no part of the key', async () => {
    const { text } = await issue(platform);
    const answer = await report({ audience: text, used: {} }, basic(platform, 'buildings-api'));
    expect(answer.status).toBe(404);
    expect(JSON.stringify(platform.events)).not.toContain(text.slice(-30));
  });

  it.each([
    ['no object', []],
    ['no audience', { used: {} }],
    ['an audience that is no string', { audience: [buildings], used: {} }],
    ['no uses', { audience: buildings }],
    ['uses as a list', { audience: buildings, used: [1] }],
    ['a time in words', { audience: buildings, used: { a: 'now' } }],
    ['a time with a fraction', { audience: buildings, used: { a: 1.5 } }],
    ['a negative time', { audience: buildings, used: { a: -1 } }],
    ['a time beyond all numbers', `{"audience":"${buildings}","used":{"a":1e400}}`],
    ['a time that is nothing', { audience: buildings, used: { a: null } }],
    ['inherited members', `{"__proto__":{"audience":"${buildings}","used":{}}}`],
    ['no JSON', 'audience=x'],
    [
      'too many uses',
      {
        audience: buildings,
        used: Object.fromEntries(Array.from({ length: 1001 }, (_, at) => [`k${at}`, 1])),
      },
    ],
    ['a body nested too deep', '['.repeat(10_000)],
  ])('with %s: 400', async (_, body) => {
    const answer = await report(body, basic(platform, 'buildings-api'));
    expect([answer.status, answer.reason]).toEqual([400, 'body_malformed']);
  });

  it('as a form, and with data in the address', async () => {
    const headers = basic(platform, 'buildings-api');
    const form = await platform.browser().post('/api-keys/usage', { audience: buildings }, headers);
    expect(form.reason).toBe('content_type_wrong');
    const query = await postJson(platform, `/api-keys/usage?audience=${buildings}`, {}, headers);
    expect(query.reason).toBe('credentials_in_query');
  });
});

describe('a leak report of API keys is refused', () => {
  const leaks = (body: unknown, remoteAddress?: string) =>
    postJson(platform, '/api-keys/leaks', body, {}, remoteAddress);

  it.each([
    ['no array', { token: 'x' }],
    ['an entry that is no object', ['x']],
    ['an entry without a token', [{ type: 'x' }]],
    ['a token that is no string', [{ token: 7 }]],
    ['an inherited token', '[{"__proto__":{"token":"x"}}]'],
    ['a type that is too long', [{ token: 'x', type: 'x'.repeat(101) }]],
    ['an address that is too long', [{ token: 'x', url: 'x'.repeat(2001) }]],
    ['more than a hundred entries', Array.from({ length: 101 }, () => ({ token: 'x' }))],
    ['no JSON', 'token=x'],
  ])('with %s: 400, and nothing is revoked', async (_, body) => {
    const { key } = await issue(platform);
    const answer = await leaks(body);
    expect([answer.status, answer.reason]).toEqual([400, 'body_malformed']);
    expect(await platform.store.apiKeys.load(key.id)).toStrictEqual(key);
  });

  it('and revokes nothing when its hundred entries are ids, digests or changed keys', async () => {
    const { key, text } = await issue(platform);
    const tokens = [
      key.id,
      key.digest,
      text.slice(0, -1),
      `${text}x`,
      text.replace('live', 'test'),
      text.toLowerCase(),
    ];
    const entries = Array.from({ length: 100 }, (_, at) => ({ token: tokens[at] ?? `kwk_${at}` }));
    const labels = (await leaks(entries)).json as unknown as { readonly label: string }[];
    expect(labels).toHaveLength(100);
    expect(new Set(labels.map(({ label }) => label))).toEqual(new Set(['false_positive']));
    expect(await platform.store.apiKeys.load(key.id)).toStrictEqual(key);
  });

  it('when one network sends too many, counted exactly, while other networks go on', async () => {
    const answers = await Promise.all(
      Array.from({ length: 70 }, () => leaks([{ token: 'x' }], '198.51.100.7')),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(60);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.reason).toBe('throttled');
    expect(Number(refused?.headers['retry-after'])).toBeGreaterThan(0);
    expect((await leaks([{ token: 'x' }], '198.51.100.8')).status).toBe(200);
    platform.clock.advance(1);
    expect((await leaks([{ token: 'x' }], '198.51.100.7')).status).toBe(200);
  });

  it('for all addresses of one IPv6 customer as for one network', async () => {
    const answers = await Promise.all(
      Array.from({ length: 61 }, (_, at) =>
        leaks([{ token: 'x' }], `2001:db8::${at.toString(16)}`),
      ),
    );
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(1);
  });

  it('by another method, with Allow', async () => {
    const answer = await platform.get('/api-keys/leaks');
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'POST']);
  });
});
