/**
 * The whole life of a key: from the command that makes it, through client, guard and server, to the
 * refusal after its end.
 */
import { createApiKeyFetch, createApiKeyExchange } from '@keywright/client';
import type { IssuedApiKey } from '@keywright/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import { createKeyedSunrise, issue, lastUse, postJson } from './api-key-setting.ts';
import { createGuardedApi, type GuardedApi } from './guarded-api.ts';
import { buildings } from './sunrise.ts';

let platform: TestPlatform;

beforeEach(async () => {
  platform = await createKeyedSunrise();
});
afterEach(() => platform.close());

type By = 'manifest' | 'introspection';
const createApi = (by: By) =>
  createGuardedApi(platform, { apiKeys: { decryptionKeys: [decryptionKey], by } });
const decryptionKey = {
  kty: 'OKP',
  crv: 'X25519',
  x: '3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08',
  d: 'XasIfmJKikt54X-Lg4AO5m87sSkmGLb9HC-LJ_-I4Os',
};
const callerOf = (api: GuardedApi, { text }: IssuedApiKey) =>
  createApiKeyFetch({
    apiKey: text,
    resource: buildings,
    fetch: api.fetch,
    clock: () => platform.clock.nowSeconds() * 1000,
  });
const reasonOf = async (response: Response) =>
  ((await response.json()) as { reason?: string }).reason;

/** Asks every second until it is refused, and returns after how many seconds. */
async function secondsUntilRefused(call: () => Promise<Response>): Promise<number> {
  for (let seconds = 0; seconds <= 60; seconds += 1) {
    if ((await call()).status !== 200) return seconds;
    platform.clock.advance(1);
  }
  return Number.POSITIVE_INFINITY;
}

describe.each<By>(['manifest', 'introspection'])(
  'an API key at an API that knows keys by %s',
  (by) => {
    it('gives access with its scopes, sealed anew for each call', async () => {
      const api = createApi(by);
      const call = callerOf(api, await issue(platform));
      for (let n = 0; n < 3; n += 1) {
        const response = await call(`${buildings}/buildings/1?x=${n}`);
        expect([response.status, await response.json()]).toEqual([
          200,
          { clientId: 'collector', scopes: ['buildings:read', 'measurements:read'] },
        ]);
      }
      expect(api.refusals).toEqual([]);
    });

    it('gives no access beyond its scopes', async () => {
      const api = createApi(by);
      const response = await callerOf(
        api,
        await issue(platform, { scope: 'measurements:read' }),
      )(buildings);
      expect([response.status, await reasonOf(response)]).toEqual([403, 'scope_insufficient']);
    });

    it('is refused within 5 s of its revocation by a leak report', async () => {
      const api = createApi(by);
      const key = await issue(platform);
      const call = callerOf(api, key);
      expect((await call(buildings)).status).toBe(200);
      platform.clock.advance(7);
      await postJson(platform, '/api-keys/leaks', [{ token: key.text }]);
      expect(await secondsUntilRefused(() => call(buildings))).toBeLessThanOrEqual(5);
      expect(await reasonOf(await call(buildings))).toBe('api_key_invalid');
    });

    it('is refused within 5 s after its service was disabled', async () => {
      const api = createApi(by);
      const call = callerOf(api, await issue(platform));
      expect((await call(buildings)).status).toBe(200);
      const now = platform.clock.nowSeconds();
      await platform.store.clients.disable('collector', now);
      expect(await secondsUntilRefused(() => call(buildings))).toBeLessThanOrEqual(5);
    });

    it('works from its networks only', async () => {
      const api = createApi(by);
      const [inside, outside] = [
        await issue(platform, { networks: ['192.0.2.0/24'] }),
        await issue(platform, { networks: ['10.0.0.0/8'] }),
      ];
      expect((await callerOf(api, inside)(buildings)).status).toBe(200);
      const response = await callerOf(api, outside)(buildings);
      expect([response.status, await reasonOf(response)]).toEqual([
        403,
        'api_key_network_forbidden',
      ]);
    });

    it('is shown as used at the server', async () => {
      const api = createApi(by);
      const key = await issue(platform);
      await callerOf(api, key)(buildings);
      await expect.poll(() => lastUse(platform, key.key.id)).toBe(platform.clock.nowSeconds());
    });

    it('expires to the second', async () => {
      const api = createApi(by);
      const call = callerOf(api, await issue(platform, { lifetimeSeconds: 600 }));
      expect((await call(buildings)).status).toBe(200);
      platform.clock.advance(599);
      expect((await call(buildings)).status).toBe(200);
      platform.clock.advance(1);
      expect((await call(buildings)).status).toBe(401);
    });
  },
);

describe('an API that is cut off from the server', () => {
  it('keeps accepting keys by its last manifest for 300 s', async () => {
    const api = createApi('manifest');
    const call = callerOf(api, await issue(platform));
    expect((await call(buildings)).status).toBe(200);
    api.cutOff(true);
    platform.clock.advance(230);
    expect((await call(buildings)).status).toBe(200);
    platform.clock.advance(90);
    const response = await call(buildings);
    expect([response.status, await reasonOf(response)]).toEqual([503, 'api_keys_unavailable']);
    api.cutOff(false);
    platform.clock.advance(10);
    expect((await call(buildings)).status).toBe(200);
  });

  it('asks the server for nothing while there are no calls', async () => {
    const api = createApi('manifest');
    const call = callerOf(api, await issue(platform));
    await call(buildings);
    const before = api.asked.length;
    platform.clock.advance(3600);
    expect(api.asked).toHaveLength(before);
  });
});

describe('an API key that is exchanged', () => {
  it('gives a token that the same API accepts', async () => {
    const api = createApi('manifest');
    const key = await issue(platform);
    const browser = platform.browser();
    const exchange = createApiKeyExchange({
      issuer: platform.issuer,
      apiKey: key.text,
      clock: () => platform.clock.nowSeconds() * 1000,
      fetch: async (input, init) => {
        const request = new Request(input, init);
        const { pathname } = new URL(request.url);
        const headers = Object.fromEntries(request.headers);
        const answer =
          request.method === 'GET'
            ? await browser.get(pathname, headers)
            : await browser.post(pathname, await request.text(), headers);
        return new Response(answer.body, { status: answer.status, headers: answer.headers });
      },
    });
    const token = await exchange.accessToken();
    const response = await api.fetch(buildings, { headers: { authorization: `Bearer ${token}` } });
    expect([response.status, await response.json()]).toMatchObject([
      200,
      { clientId: 'collector' },
    ]);
    expect(await exchange.accessToken()).toBe(token);
  });
});
