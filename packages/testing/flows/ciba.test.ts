import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPing } from '@keywright/core';
import type { TestPlatform } from '../src/index.ts';
import {
  answerFromAfar,
  askFromAfar,
  createDeferred,
  desk,
  idOfRequest,
  pingAddress,
  pinged,
  pollFromAfar,
  signedIn,
  waitingOf,
} from './deferred-setting.ts';
import { ada, buildings, claimsOf, grace, refresh, tokensOf } from './sunrise.ts';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createDeferred();
});
afterEach(() => platform.close());

const notificationToken = 'bench.token-with_enough~bits+in/it==';

describe('the backchannel authentication endpoint (CIBA §7)', () => {
  it('answers with the id of the request, its lifetime and the interval (§7.3)', async () => {
    const answer = await askFromAfar(platform);
    expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'no-store']);
    expect(answer.json).toEqual({
      auth_req_id: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      expires_in: 300,
      interval: 5,
    });
  });

  it.each([
    ['45', 45],
    ['1', 30],
    ['600', 600],
    ['999999999', 600],
  ])('turns requested_expiry %s into %d, within bounds', async (requested_expiry, expires_in) => {
    expect((await askFromAfar(platform, { requested_expiry })).json).toMatchObject({
      expires_in,
    });
  });

  it('finds the account by another spelling of its address', async () => {
    expect((await askFromAfar(platform, { login_hint: 'ADA@Example.com' })).status).toBe(200);
  });

  it('finds the account by an ID token that this client got, also an expired one (§7.1)', async () => {
    const id = await idOfRequest(platform);
    await answerFromAfar(await signedIn(platform));
    const { id_token } = tokensOf(await pollFromAfar(platform, id));
    platform.clock.advance(86_400);
    expect((await askFromAfar(platform, { id_token_hint: id_token })).status).toBe(200);
    expect(await waitingOf(await signedIn(platform))).toHaveLength(1);
  });

  it('is in the metadata exactly when it is on, without user codes (§4)', async () => {
    const on = (await platform.get('/.well-known/openid-configuration')).json;
    expect(on).toMatchObject({
      backchannel_authentication_endpoint: 'https://as.example/bc-authorize',
      backchannel_token_delivery_modes_supported: ['poll', 'ping'],
      backchannel_user_code_parameter_supported: false,
    });
    expect(on['backchannel_authentication_request_signing_alg_values_supported']).toContain(
      'ES256',
    );
    const without = await createDeferred({ features: { backchannelAuthentication: false } });
    const off = (await without.get('/.well-known/openid-configuration')).json;
    expect(Object.keys(off).filter((name) => name.startsWith('backchannel_auth'))).toEqual([]);
    expect(off['backchannel_token_delivery_modes_supported']).toBeUndefined();
    for (const path of ['/bc-authorize', '/account/answer'])
      expect((await without.get(path)).status).toBe(404);
    await without.close();
    const deaf = await createDeferred({ ports: () => ({}) });
    expect((await deaf.get('/.well-known/openid-configuration')).json).toMatchObject({
      backchannel_token_delivery_modes_supported: ['poll'],
    });
    await deaf.close();
  });

  it('emits an event, with which an operator can send the user a message', async () => {
    await askFromAfar(platform, { binding_message: 'Tariff 7' });
    expect(platform.events.find(({ type }) => type === 'backchannel.requested')).toMatchObject({
      clientId: desk,
      accountId: platform.accounts.get(ada)?.id,
      bindingMessage: 'Tariff 7',
      expiresAt: platform.clock.nowSeconds() + 300,
    });
  });
});

describe('a user on their account page (CIBA §8, §9)', () => {
  it('sees who asks, with which message, since when, and for what', async () => {
    await askFromAfar(platform, { binding_message: 'Tariff change 7-Kappa' });
    const [waiting] = await waitingOf(await signedIn(platform));
    expect(waiting).toMatchObject({
      lifetime: { idleDays: 30, absoluteDays: 365, signOut: 'changes-nothing' },
      client: { name: 'Sunrise Desk', publisher: 'Sunrise', trust: 'third-party' },
      bindingMessage: 'Tariff change 7-Kappa',
      askedAt: platform.clock.nowSeconds(),
      expiresAt: platform.clock.nowSeconds() + 300,
      groups: [
        { api: 'Your account', scopes: [{ name: 'openid' }] },
        { api: 'Sunrise Buildings', scopes: [{ optional: false }, { optional: true }] },
      ],
    });
  });

  it('allows or declines, and sees what they did', async () => {
    const browser = await signedIn(platform);
    for (const [decision, approved] of [
      ['allow', true],
      ['deny', false],
    ] as const) {
      await askFromAfar(platform);
      const back = await answerFromAfar(browser, decision);
      expect((await browser.get(back.location.href)).json).toMatchObject({
        waiting: [],
        answered: { name: 'Sunrise Desk', approved },
      });
    }
  });

  it('sees no request for other users, and no expired request', async () => {
    await askFromAfar(platform);
    expect(await waitingOf(await signedIn(platform, grace))).toEqual([]);
    platform.clock.advance(300);
    expect(await waitingOf(await signedIn(platform))).toEqual([]);
  });

  it('sees no list of requests where the feature is off', async () => {
    const off = await createDeferred({ features: { backchannelAuthentication: false } });
    const browser = await signedIn(off);
    expect((await browser.get('/account')).json['waiting']).toBeUndefined();
    await off.close();
  });
});

describe('the tokens of a CIBA request (CIBA §10.1, §11)', () => {
  it('are given after the user allowed the request', async () => {
    const id = await idOfRequest(platform, { scope: 'openid buildings:read' });
    const pending = await pollFromAfar(platform, id);
    expect([pending.status, pending.json['error']]).toEqual([400, 'authorization_pending']);
    await answerFromAfar(await signedIn(platform));
    const tokens = tokensOf(await pollFromAfar(platform, id));
    const sub = platform.accounts.get(ada)?.id;
    expect(claimsOf(tokens.access_token)).toMatchObject({ sub, client_id: desk, aud: buildings });
    expect(claimsOf(tokens.id_token)).toMatchObject({ sub, aud: desk, iss: platform.issuer });
    expect((await refresh(platform, tokens.refresh_token, {}, desk)).status).toBe(200);
  });

  it('are asked for five seconds less often after slow_down (§11)', async () => {
    const id = await idOfRequest(platform);
    await pollFromAfar(platform, id);
    platform.clock.advance(4);
    expect((await pollFromAfar(platform, id)).json['error']).toBe('slow_down');
    platform.clock.advance(10);
    expect((await pollFromAfar(platform, id)).json['error']).toBe('authorization_pending');
  });

  it('have no optional scope that the user unticked', async () => {
    const id = await idOfRequest(platform);
    await answerFromAfar(await signedIn(platform), 'allow', []);
    expect(tokensOf(await pollFromAfar(platform, id)).scope).toBe('openid buildings:read');
  });

  it('include an ID token with the time of the sign-in, not of the answer', async () => {
    const browser = await signedIn(platform);
    const auth_time = platform.clock.nowSeconds();
    platform.clock.advance(3600);
    const id = await idOfRequest(platform, { scope: 'openid' });
    await answerFromAfar(browser);
    expect(claimsOf(tokensOf(await pollFromAfar(platform, id)).id_token)).toMatchObject({
      auth_time,
    });
  });
});

describe('a CIBA ping (CIBA §10.2)', () => {
  const due = () => platform.store.deliveries.takeDue(platform.clock.nowSeconds(), 10, 60);
  const ask = () =>
    idOfRequest(
      platform,
      { scope: 'openid', client_notification_token: notificationToken },
      pinged,
    );

  it.each(['allow', 'deny'] as const)(
    'is sent when the user answered (%s), with the client’s own token',
    async (decision) => {
      const id = await ask();
      expect(await due()).toEqual([]);
      await answerFromAfar(await signedIn(platform), decision);
      const [kept, ...more] = await due();
      if (kept === undefined) throw new Error('nothing is due');
      expect(more).toEqual([]);
      // The store does not contain any of it in plain text.
      for (const secret of [notificationToken, id])
        expect(JSON.stringify(kept)).not.toContain(secret);
      expect(openPing(platform.ports, kept)).toMatchObject({
        kind: 'ciba-ping',
        clientId: pinged,
        url: pingAddress,
        headers: {
          authorization: `Bearer ${notificationToken}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ auth_req_id: id }),
        expiresAt: platform.clock.nowSeconds() + 300,
      });
    },
  );

  it('leaves neither the id nor the token of the request in the store as plain text', async () => {
    const id = await ask();
    const account = platform.accounts.get(ada)?.id ?? '';
    const kept = JSON.stringify(
      await platform.store.deferred.listPending(account, 'ciba', platform.clock.nowSeconds()),
    );
    expect(kept).toContain(pinged);
    expect(kept).not.toContain(id);
    expect(kept).not.toContain(notificationToken);
  });

  it('does not stop its client from polling (§7.3)', async () => {
    const id = await ask();
    await answerFromAfar(await signedIn(platform));
    expect((await pollFromAfar(platform, id, {}, pinged)).status).toBe(200);
  });

  it('is not sent to a client of the mode poll', async () => {
    await idOfRequest(platform, { client_notification_token: notificationToken });
    await answerFromAfar(await signedIn(platform));
    expect(await due()).toEqual([]);
  });
});
