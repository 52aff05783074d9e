import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readForm, type TestPlatform } from '../src/index.ts';
import {
  answerDevice,
  askAsDevice,
  connectDevice,
  createDeferred,
  pollAsDevice,
  reachConfirmation,
  signedIn,
  television,
  typeCode,
  viewOf,
} from './deferred-setting.ts';
import { ada, billing, buildings, claimsOf, grace, refresh, tokensOf } from './sunrise.ts';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createDeferred();
});
afterEach(() => platform.close());

describe('the device authorization endpoint (RFC 8628 §3.1, §3.2)', () => {
  it('gives a device code of 256 bits, a user code of twenty letters, both addresses, the lifetime and the interval', async () => {
    const answer = await platform.post('/device_authorization', { scope: 'openid' }, television);
    expect(answer.headers['cache-control']).toBe('no-store');
    const { device_code, user_code, ...rest } = answer.json as Record<string, string>;
    expect(device_code).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(user_code).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
    expect(rest).toEqual({
      verification_uri: 'https://as.example/device',
      verification_uri_complete: `https://as.example/device?user_code=${user_code}`,
      expires_in: 600,
      interval: 5,
    });
  });

  it('stores a digest of the device code and a keyed hash of the user code, and neither code', async () => {
    const { device_code, user_code } = await askAsDevice(platform);
    const kept = await platform.store.deferred.loadByUserCode(
      platform.ports.vault.mac('user-code', user_code.replace('-', '')),
    );
    const text = JSON.stringify(kept);
    expect(kept?.clientId).toBe(television);
    for (const secret of [device_code, user_code, user_code.replace('-', '')])
      expect(text).not.toContain(secret);
  });

  it('is in the metadata with its grant type exactly when it is on (RFC 8628 §4)', async () => {
    const on = (await platform.get('/.well-known/oauth-authorization-server')).json;
    expect(on).toMatchObject({
      device_authorization_endpoint: 'https://as.example/device_authorization',
    });
    expect(on['grant_types_supported']).toContain('urn:ietf:params:oauth:grant-type:device_code');
    const without = await createDeferred({ features: { deviceAuthorization: false } });
    const off = (await without.get('/.well-known/oauth-authorization-server')).json;
    expect(off['device_authorization_endpoint']).toBeUndefined();
    expect(off['grant_types_supported']).not.toContain(
      'urn:ietf:params:oauth:grant-type:device_code',
    );
    for (const path of ['/device_authorization', '/device', '/device/confirm', '/device/done'])
      expect((await without.get(path)).status).toBe(404);
    await without.close();
  });
});

describe('a user who connects a device (RFC 8628 §3.3)', () => {
  it('signs in first, and the code of the link is kept until the page after the sign-in', async () => {
    const { verification_uri_complete, user_code } = await askAsDevice(platform);
    const browser = platform.browser();
    const away = await browser.get(verification_uri_complete);
    expect(away.location.pathname).toBe('/sign-in');
    const back = await platform.signIn(browser, ada, away.location);
    expect(back.location.pathname).toBe('/device');
    const page = await browser.get(back.location.href);
    expect(page.json).toMatchObject({
      page: 'device-code',
      userCode: user_code,
      account: { email: ada },
    });
  });

  it('comes to that page also after a wrong password', async () => {
    const { verification_uri_complete, user_code } = await askAsDevice(platform);
    const browser = platform.browser();
    const away = await browser.get(verification_uri_complete);
    const shown = await browser.get(away.location.href);
    const wrong = await browser.post('/sign-in', {
      ...readForm(shown),
      email: ada,
      password: 'wrong',
    });
    expect(wrong.status).toBe(401);
    const right = await browser.post('/sign-in', {
      ...readForm(wrong),
      email: ada,
      password: 'correct horse',
    });
    expect(right.location.search).toBe(`?user_code=${user_code}`);
  });

  it('must submit the code of a link: opening the link does nothing (§3.3.1)', async () => {
    const { verification_uri_complete, user_code } = await askAsDevice(platform);
    const browser = await signedIn(platform);
    expect((await browser.get(verification_uri_complete)).json).toMatchObject({
      userCode: user_code,
    });
    // Another user who opened the link has taken nothing from the owner of the device.
    const other = await signedIn(platform, grace);
    expect((await reachConfirmation(other, user_code)).json['page']).toBe('device-confirmation');
  });

  it.each([
    (code: string) => code.toLowerCase(),
    (code: string) => code.replace('-', ''),
    (code: string) => ` ${code.replace('-', ' ')} `,
    (code: string) => code.split('').join('.'),
  ])('may type the code in any notation: %#', async (spell) => {
    const { user_code } = await askAsDevice(platform);
    const page = await reachConfirmation(await signedIn(platform), spell(user_code));
    expect(viewOf(page).userCode).toBe(user_code);
  });

  it('sees which application asks, from which network, when, the scopes, the duration and the account (§5.4)', async () => {
    const { user_code } = await askAsDevice(platform, {
      scope: 'openid buildings:read measurements:read',
    });
    const askedAt = platform.clock.nowSeconds();
    platform.clock.advance(60);
    const page = await reachConfirmation(await signedIn(platform, ada, '203.0.113.9'), user_code);
    expect(page.json).toMatchObject({
      page: 'device-confirmation',
      client: {
        name: 'Heatlens for the living room',
        publisher: 'Nordwind Analytics',
        trust: 'third-party',
      },
      account: { email: ada, name: 'Ada Byron' },
      userCode: user_code,
      askedAt,
      network: '192.0.2.1',
      isSameNetwork: false,
      lifetime: { idleDays: 30, absoluteDays: 365 },
      groups: [
        { api: 'Your account', scopes: [{ name: 'openid' }] },
        {
          api: 'Sunrise Buildings',
          scopes: [
            { name: 'buildings:read', optional: false, granted: false },
            { name: 'measurements:read', optional: true, granted: false },
          ],
        },
      ],
    });
    expect(page.headers['content-security-policy']).toContain("form-action 'self';");
  });

  it('is asked for each device, whatever was allowed before, also for a first-party client', async () => {
    await connectDevice(platform);
    const { user_code } = await askAsDevice(platform);
    const { groups } = viewOf(await reachConfirmation(await signedIn(platform), user_code));
    expect(groups.flatMap(({ scopes }) => scopes).some(({ granted }) => granted)).toBe(false);
  });

  it('is told whether the device may continue or was refused', async () => {
    const browser = await signedIn(platform);
    for (const [decision, approved] of [
      ['allow', true],
      ['deny', false],
    ] as const) {
      const { user_code } = await askAsDevice(platform);
      const done = await answerDevice(browser, user_code, decision);
      expect((await browser.get(done.location.href)).json).toEqual({
        page: 'device-done',
        name: 'Heatlens for the living room',
        approved,
      });
    }
  });

  it('finds the application on the account page, and withdraws the consent there', async () => {
    const { answer } = await connectDevice(platform);
    const browser = await signedIn(platform);
    const page = await browser.get('/account');
    const [connection] = page.json['connections'] as {
      client: object;
      revoke: { fields: never };
    }[];
    expect(connection?.client).toMatchObject({ name: 'Heatlens for the living room' });
    await browser.post('/account/revoke', connection?.revoke.fields ?? {});
    const { refresh_token } = tokensOf(answer);
    expect((await refresh(platform, refresh_token, {}, television)).json['error']).toBe(
      'invalid_grant',
    );
  });

  it('may sign out of the browser, and the device keeps its access', async () => {
    const asked = await askAsDevice(platform, { scope: 'openid buildings:read' });
    const browser = await signedIn(platform);
    await answerDevice(browser, asked.user_code);
    const { refresh_token } = tokensOf(await pollAsDevice(platform, asked.device_code));
    await browser.post('/sign-out', readForm(await browser.get('/sign-out')));
    expect((await refresh(platform, refresh_token, {}, television)).status).toBe(200);
  });
});

describe('the tokens of a device (RFC 8628 §3.4, §3.5)', () => {
  it('are an access, a refresh and an ID token of the user who allowed the device', async () => {
    const { answer } = await connectDevice(platform, { scope: 'openid buildings:read' });
    const tokens = tokensOf(answer);
    const sub = platform.accounts.get(ada)?.id;
    expect(claimsOf(tokens.access_token)).toMatchObject({
      sub,
      client_id: television,
      aud: buildings,
      scope: 'openid buildings:read',
    });
    expect(claimsOf(tokens.id_token)).toMatchObject({ sub, aud: television });
    expect((await refresh(platform, tokens.refresh_token, {}, television)).status).toBe(200);
  });

  it('are answered with authorization_pending before that, and polling at the interval is not slowed', async () => {
    const { device_code, interval } = await askAsDevice(platform);
    for (let polls = 0; polls < 5; polls += 1) {
      const answer = await pollAsDevice(platform, device_code);
      expect([answer.status, answer.json['error']]).toEqual([400, 'authorization_pending']);
      platform.clock.advance(interval);
    }
  });

  it('are asked for five seconds less often after each slow_down', async () => {
    const { device_code } = await askAsDevice(platform);
    const errorAfter = async (seconds: number) => {
      platform.clock.advance(seconds);
      return (await pollAsDevice(platform, device_code)).json['error'];
    };
    expect(await errorAfter(0)).toBe('authorization_pending');
    expect(await errorAfter(4)).toBe('slow_down');
    expect(await errorAfter(9)).toBe('slow_down');
    expect(await errorAfter(15)).toBe('authorization_pending');
  });

  it('have no optional scope that the user unticked', async () => {
    const { device_code, user_code } = await askAsDevice(platform);
    await answerDevice(await signedIn(platform), user_code, 'allow', []);
    expect(tokensOf(await pollAsDevice(platform, device_code)).scope).toBe('openid buildings:read');
  });

  it('are for one API, named by resource as for a code (RFC 8707 §2.2)', async () => {
    const { answer } = await connectDevice(
      platform,
      { scope: 'openid buildings:read invoices:read' },
      { resource: billing },
    );
    expect(claimsOf(tokensOf(answer).access_token)).toMatchObject({
      aud: billing,
      scope: 'openid invoices:read',
    });
  });

  it('come without a refresh token where the client does not use that grant', async () => {
    const asked = await askAsDevice(platform, { scope: 'openid' }, 'meter');
    await answerDevice(await signedIn(platform), asked.user_code);
    const tokens = tokensOf(await pollAsDevice(platform, asked.device_code, {}, 'meter'));
    expect(tokens.refresh_token).toBeUndefined();
    expect(tokens.access_token).toBeTruthy();
  });

  it('are recorded in the log with client and user, as for a code', async () => {
    await connectDevice(platform, { scope: 'openid' });
    const told = platform.events.filter(({ type }) =>
      ['consent.given', 'deferred.redeemed'].includes(type),
    );
    const accountId = platform.accounts.get(ada)?.id;
    expect(told).toMatchObject([
      { type: 'consent.given', clientId: television, accountId, scopes: ['openid'] },
      { type: 'deferred.redeemed', kind: 'device', clientId: television, accountId },
    ]);
  });

  it('are asked for with the same question when the user enters the code twice', async () => {
    const { user_code } = await askAsDevice(platform);
    const browser = await signedIn(platform);
    await typeCode(browser, user_code);
    expect((await reachConfirmation(browser, user_code)).json['page']).toBe('device-confirmation');
  });
});

it('a device does not get a scope that its client lost just before the user agreed', async () => {
  await platform.close();
  platform = await createDeferred({ cacheSeconds: 5 });
  const asked = await askAsDevice(platform);
  const browser = await signedIn(platform);
  const page = await reachConfirmation(browser, asked.user_code);
  const client = await platform.store.clients.load(television);
  const scopes = ['openid', 'buildings:read'];
  await platform.store.clients.save({ ...client!, scopes, optionalScopes: [] });
  const form = { ...readForm(page), decision: 'allow', scope: ['measurements:read'] };
  await browser.post('/device/confirm', form);
  const answer = await pollAsDevice(platform, asked.device_code);
  expect(tokensOf(answer).scope).toBe('openid buildings:read');
});
