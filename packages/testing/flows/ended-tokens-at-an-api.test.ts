/**
 * The time of a revocation: from the act that ends an access token to its refusal at an API,
 * through server, list and guard.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Browser, TestPlatform } from '../src/index.ts';
import { createGuardedApi, type GuardedApi } from './guarded-api.ts';
import { connectHeatlens, createStatusSunrise, signOut } from './status-setting.ts';
import { ada, buildings, obtainCode, redeem, refresh, type Tokens, tokensOf } from './sunrise.ts';

let platform: TestPlatform;
let api: GuardedApi;
let browser: Browser;
let code: string;

beforeEach(async () => {
  platform = await createStatusSunrise();
  api = createGuardedApi(platform);
  browser = platform.browser();
});
afterEach(() => platform.close());

const now = () => platform.clock.nowSeconds();
const call = (token: string) =>
  api.fetch(buildings, { headers: { authorization: `Bearer ${token}` } });
const reasonOf = async (response: Response) =>
  ((await response.json()) as { reason?: string }).reason;

/** As `connectHeatlens`, and keeps the code. */
async function connect(): Promise<Tokens> {
  code = await obtainCode(platform, {}, browser);
  return tokensOf(await redeem(platform, code));
}

async function takeBack(): Promise<void> {
  const view = (await browser.get('/account')).json as {
    connections: { revoke: { fields: Record<string, string> } }[];
  };
  await browser.post('/account/revoke', view.connections[0]?.revoke.fields ?? {});
}

async function useTwice({ refresh_token: first }: Tokens): Promise<void> {
  const next = tokensOf(await refresh(platform, first));
  await refresh(platform, next.refresh_token);
  await refresh(platform, first);
}

const endings: readonly (readonly [string, (tokens: Tokens) => unknown])[] = [
  ['its user takes the connection back', takeBack],
  ['its user signs out', () => signOut(browser)],
  [
    'its client revokes it',
    ({ refresh_token: token }) => platform.post('/revoke', { token }, 'heatlens'),
  ],
  ['its refresh token is used twice', useTwice],
  ['its code is used twice', () => redeem(platform, code)],
  ['its client is disabled', () => platform.store.clients.disable('heatlens', now())],
  [
    'its user is disabled',
    () => platform.store.accounts.disable(platform.accounts.get(ada)?.id ?? '', now()),
  ],
];

describe('an access token at an API that asks for its status', () => {
  it.each(endings)(
    'is refused within 5 s when %s, at an API with constant traffic',
    async (_name, end) => {
      const tokens = await connect();
      for (let n = 0; n < 4; n += 1) {
        expect((await call(tokens.access_token)).status).toBe(200);
        platform.clock.advance(1);
      }
      await end(tokens);
      const endedAt = now();
      while ((await call(tokens.access_token)).status === 200 && now() < endedAt + 60)
        platform.clock.advance(1);
      expect(now() - endedAt).toBeLessThanOrEqual(5);
      expect(await reasonOf(await call(tokens.access_token))).toBe('token_ended');
    },
  );

  it.each(endings)(
    'is refused with the first call when %s, at an API that had no traffic since',
    async (_name, end) => {
      const tokens = await connect();
      expect((await call(tokens.access_token)).status).toBe(200);
      await end(tokens);
      platform.clock.advance(5);
      const response = await call(tokens.access_token);
      expect([response.status, await reasonOf(response)]).toEqual([401, 'token_ended']);
    },
  );

  it('keeps working when other tokens of the same client end', async () => {
    const [one, other] = [
      await connectHeatlens(platform, {}, browser),
      await connectHeatlens(platform),
    ];
    await platform.post('/revoke', { token: one.refresh_token }, 'heatlens');
    platform.clock.advance(5);
    expect((await call(one.access_token)).status).toBe(401);
    expect((await call(other.access_token)).status).toBe(200);
  });

  it('goes on for 300 s without the server, and is then refused for that reason', async () => {
    const { access_token: token } = await connectHeatlens(platform);
    expect((await call(token)).status).toBe(200);
    api.cutOff(true);
    platform.clock.advance(150);
    expect((await call(token)).status).toBe(200);
    platform.clock.advance(160);
    const response = await call(token);
    expect([response.status, await reasonOf(response)]).toEqual([503, 'status_unavailable']);
    expect(response.headers.get('retry-after')).not.toBeNull();
    api.cutOff(false);
    platform.clock.advance(10);
    expect((await call(token)).status).toBe(200);
  });

  it('costs one request for the list in 2 s, for any number of calls, and none without calls', async () => {
    const { access_token: token } = await connectHeatlens(platform);
    await call(token);
    const looks = () => api.asked.filter((what) => what.includes('/status-lists/')).length;
    expect(looks()).toBe(1);
    await Promise.all(Array.from({ length: 100 }, () => call(token)));
    platform.clock.advance(1);
    await Promise.all(Array.from({ length: 100 }, () => call(token)));
    expect(looks()).toBe(1);
    platform.clock.advance(600 - 1);
    expect(looks()).toBe(1);
  });
});
