/** The page of one connected application. */
import type { ConnectionPageView, ConnectionView } from '@keywright/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Browser, TestPlatform } from '../src/index.ts';
import { ada, createSunrise, grace, obtainTokens, refresh } from './sunrise.ts';

let platform: TestPlatform;
let browser: Browser;
beforeEach(async () => {
  platform = await createSunrise();
  browser = platform.browser();
  await platform.signIn(browser, ada);
});
afterEach(() => platform.close());

async function listed(): Promise<ConnectionView> {
  const { connections } = (await browser.get('/account')).json as unknown as {
    readonly connections: readonly ConnectionView[];
  };
  const [connection] = connections;
  if (connection === undefined) throw new Error('nothing is connected');
  return connection;
}

describe('the page of a connected application', () => {
  it('has what the list has, with the last use of its tokens', async () => {
    const tokens = await obtainTokens(platform, { scope: 'openid buildings:read offline_access' });
    platform.clock.advance(600);
    await refresh(platform, tokens.refresh_token);
    const connection = await listed();
    const page = (await browser.get(connection.address)).json as unknown as ConnectionPageView;
    expect(page).toMatchObject({ page: 'connection', back: '/account', account: { email: ada } });
    expect(page.connection).toEqual(connection);
    expect(connection).toMatchObject({
      client: { name: 'Heatlens' },
      connectedAt: platform.clock.nowSeconds() - 600,
      lastUsedAt: platform.clock.nowSeconds(),
    });
  });

  it('takes the access back, and leads to the list, where that can be undone', async () => {
    await obtainTokens(platform);
    const { address } = await listed();
    const page = (await browser.get(address)).json as unknown as ConnectionPageView;
    const answer = await browser.post('/account/revoke', page.connection.revoke.fields);
    const account = (await browser.get(answer.location.href)).json;
    expect(account).toMatchObject({ page: 'account', revoked: 'Heatlens', connections: [] });
    expect(account['undo']).toBeDefined();
    expect((await browser.get(address)).location.pathname).toBe('/account');
  });

  it('is shown to nobody else: another user goes to their own list', async () => {
    await obtainTokens(platform);
    const { address } = await listed();
    const graces = platform.browser();
    await platform.signIn(graces, grace);
    for (const other of [graces, platform.browser()])
      expect((await other.get(address)).location.pathname).toBe('/account');
  });
});
