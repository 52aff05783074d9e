/**
 * Everything that ends a token for an API that checks its status, and how soon the list shows it.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Browser, TestPlatform } from '../src/index.ts';
import {
  connectHeatlens,
  createStatusSunrise,
  obtainImplicitToken,
  signOut,
  statusOf,
} from './status-setting.ts';
import {
  ada,
  allow,
  buildings,
  claimsOf,
  obtainCode,
  redeem,
  refresh,
  tokensOf,
} from './sunrise.ts';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createStatusSunrise();
});
afterEach(() => platform.close());

const now = () => platform.clock.nowSeconds();
const adaId = () => platform.accounts.get(ada)?.id ?? '';
const serviceToken = async () =>
  tokensOf(await platform.post('/token', { grant_type: 'client_credentials' }, 'collector'))
    .access_token;

describe('a status list shows within a second', () => {
  /**
   * The list was fetched just before, so its content is as new as possible. One second later it
   * must have the change.
   */
  async function expectEnding(token: string, end: () => unknown): Promise<void> {
    expect(await statusOf(platform, token)).toBe(0);
    await end();
    platform.clock.advance(1);
    expect(await statusOf(platform, token)).toBe(1);
  }

  it('that a consent was ended on the account page', async () => {
    const browser = platform.browser();
    const { access_token } = await connectHeatlens(platform, {}, browser);
    await expectEnding(access_token, async () => {
      const view = (await browser.get('/account')).json as {
        connections: { revoke: { fields: Record<string, string> } }[];
      };
      await browser.post('/account/revoke', view.connections[0]?.revoke.fields ?? {});
    });
  });

  it('that the consent of an implicit token was ended', async () => {
    const token = await obtainImplicitToken(platform);
    await expectEnding(token, async () => {
      const grant = await platform.store.grants.load(adaId(), 'spa');
      await platform.store.grants.end(grant?.id ?? '', adaId(), now());
    });
  });

  it('that the client revoked its refresh token (RFC 7009)', async () => {
    const { access_token, refresh_token } = await connectHeatlens(platform);
    await expectEnding(access_token, () =>
      platform.post('/revoke', { token: refresh_token }, 'heatlens'),
    );
  });

  it('that a refresh token was used twice', async () => {
    const { access_token, refresh_token } = await connectHeatlens(platform);
    const next = tokensOf(await refresh(platform, refresh_token));
    await refresh(platform, next.refresh_token);
    await expectEnding(access_token, () => refresh(platform, refresh_token));
    expect(await statusOf(platform, next.access_token)).toBe(1);
  });

  it('that a code was used twice', async () => {
    const code = await obtainCode(platform);
    const { access_token } = tokensOf(await redeem(platform, code));
    await expectEnding(access_token, () => redeem(platform, code));
  });

  it('that the user signed out', async () => {
    const browser = platform.browser();
    const { access_token } = await connectHeatlens(platform, {}, browser);
    await expectEnding(access_token, () => signOut(browser));
  });

  it.each(['client', 'account'])(
    'that the %s was disabled, for each of its tokens',
    async (what) => {
      const family = (await connectHeatlens(platform)).access_token;
      const implicit = await obtainImplicitToken(platform);
      const [clients, ended] =
        what === 'client' ? [['heatlens', 'spa', 'collector'], 1] : [[] as string[], 0];
      const service = await serviceToken();
      for (const token of [family, implicit, service])
        expect(await statusOf(platform, token)).toBe(0);
      for (const id of clients) await platform.store.clients.disable(id, now());
      if (what === 'account') await platform.store.accounts.disable(adaId(), now());
      platform.clock.advance(1);
      for (const token of [family, implicit]) expect(await statusOf(platform, token)).toBe(1);
      expect(await statusOf(platform, service)).toBe(ended);
    },
  );

  it('an ended token for as long as it would have been valid, and no longer', async () => {
    const { access_token, refresh_token } = await connectHeatlens(platform);
    await platform.post('/revoke', { token: refresh_token }, 'heatlens');
    for (const seconds of [1, 60, 600, 2900, 300]) {
      platform.clock.advance(seconds);
      expect(await statusOf(platform, access_token)).toBe(1);
    }
    platform.clock.advance(100);
    expect(await statusOf(platform, access_token)).toBe(0);
  });

  it('an end that was written late, with a time some seconds before the last read', async () => {
    const { access_token } = await connectHeatlens(platform);
    const at = now();
    platform.clock.advance(5);
    await statusOf(platform, access_token);
    const familyId = (claimsOf(access_token)['jti'] as string).split('.')[0] ?? '';
    await platform.store.families.end(familyId, at);
    platform.clock.advance(1);
    expect(await statusOf(platform, access_token)).toBe(1);
  });

  it('an end after the clock was put back, although a list was made at a later time', async () => {
    const { access_token, refresh_token } = await connectHeatlens(platform);
    platform.clock.advance(3600);
    expect(await statusOf(platform, access_token)).toBe(0);
    platform.clock.advance(-3600);
    await platform.post('/revoke', { token: refresh_token }, 'heatlens');
    platform.clock.advance(30);
    expect(await statusOf(platform, access_token)).toBe(1);
  });

  it('within a minute what a node with a slow clock has ended', async () => {
    const { access_token } = await connectHeatlens(platform);
    await statusOf(platform, access_token);
    const familyId = (claimsOf(access_token)['jti'] as string).split('.')[0] ?? '';
    await platform.store.families.end(familyId, now() - 30);
    platform.clock.advance(60);
    expect(await statusOf(platform, access_token)).toBe(1);
  });
});

describe('signing out of a session', () => {
  async function connected(scope: string, browser: Browser) {
    return connectHeatlens(platform, { scope, prompt: 'consent' }, browser);
  }

  it('ends the families of the session, except those with offline access', async () => {
    const browser = platform.browser();
    const here = await connected('openid buildings:read', browser);
    const away = await connected('openid buildings:read offline_access', browser);
    const elsewhere = await connectHeatlens(platform);
    await signOut(browser);
    expect((await refresh(platform, here.refresh_token)).json['error']).toBe('invalid_grant');
    for (const tokens of [away, elsewhere]) {
      expect((await refresh(platform, tokens.refresh_token)).status).toBe(200);
      expect(await statusOf(platform, tokens.access_token)).toBe(0);
    }
  });

  it('refuses a code of the session that was not redeemed yet', async () => {
    const browser = platform.browser();
    const code = await obtainCode(platform, {}, browser);
    await signOut(browser);
    expect((await redeem(platform, code)).json['error']).toBe('invalid_grant');
  });

  it('ends what the session started before a new sign-in in the same browser', async () => {
    const browser = platform.browser();
    const before = await connectHeatlens(platform, {}, browser);
    await platform.signIn(browser, ada);
    expect((await refresh(platform, before.refresh_token)).status).toBe(200);
    await signOut(browser);
    expect(await statusOf(platform, before.access_token)).toBe(1);
  });

  it('also ends a code that was kept until after a new sign-in', async () => {
    const browser = platform.browser();
    const code = await obtainCode(platform, {}, browser);
    await platform.signIn(browser, ada);
    expect((await redeem(platform, code)).reason).toBe('code_invalid');
    const { access_token, refresh_token } = await connectHeatlens(platform, {}, browser);
    await signOut(browser);
    expect((await refresh(platform, refresh_token)).json['error']).toBe('invalid_grant');
    expect(await statusOf(platform, access_token)).toBe(1);
  });

  it('is different from the expiry of a session, which ends no token', async () => {
    const browser = platform.browser();
    let tokens = await connectHeatlens(platform, {}, browser);
    platform.clock.advance(8 * 86_400);
    expect((await browser.get('/account')).location.pathname).toBe('/sign-in');
    tokens = tokensOf(await refresh(platform, tokens.refresh_token));
    platform.clock.advance(25 * 86_400);
    await platform.store.prune(now(), 1000);
    tokens = tokensOf(await refresh(platform, tokens.refresh_token));
    expect(await statusOf(platform, tokens.access_token)).toBe(0);
  });
});

it('a user who consents again after ending the consent gets tokens that work', async () => {
  const browser = platform.browser();
  const former = await connectHeatlens(platform, {}, browser);
  const grant = await platform.store.grants.load(adaId(), 'heatlens');
  await platform.store.grants.end(grant?.id ?? '', adaId(), now());
  platform.clock.advance(1);
  const back = await allow(platform, {}, browser);
  const { access_token } = tokensOf(await redeem(platform, back.searchParams.get('code') ?? ''));
  expect(claimsOf(access_token)['aud']).toBe(buildings);
  expect([
    await statusOf(platform, former.access_token),
    await statusOf(platform, access_token),
  ]).toEqual([1, 0]);
});
