/**
 * A right that a client or an API loses between two steps of a flow is not issued by the next step.
 */
import { registerApi } from '@keywright/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type Browser, readForm, type TestPlatform } from '../src/index.ts';
import {
  answerFromAfar,
  askAsDevice,
  asking,
  answerDevice,
  createDeferred,
  desk,
  idOfRequest,
  pollAsDevice,
  pollFromAfar,
  reachConfirmation,
  signedIn,
  television,
  viewOf,
} from './deferred-setting.ts';
import {
  asParameter,
  buildingAccess,
  detailApis,
  detailClients,
  payment,
  reachConsent,
  reading,
} from './details-setting.ts';
import {
  ada,
  authorizeLink,
  billing,
  buildings,
  challenge,
  claimsOf,
  obtainCode,
  redeem,
  refresh,
  spaCallback,
  tokensOf,
} from './sunrise.ts';

let platform: TestPlatform;
let browser: Browser;
beforeEach(async () => {
  const types = { authorization_details_types: [buildingAccess, payment] };
  platform = await createDeferred({
    apis: detailApis,
    features: { challengeEndpoint: true },
    clients: [
      ...detailClients.map((one) =>
        one.client_id === 'portal' ? { ...one, first_party_challenge: true } : one,
      ),
      ...asking.map((one) => ({ ...one, ...types })),
    ],
  });
  browser = platform.browser();
});
afterEach(() => platform.close());

/** From here on, the client has only these scopes. */
async function leave(scopes: readonly string[], clientId = 'heatlens'): Promise<void> {
  const client = await platform.store.clients.load(clientId);
  if (client === undefined) throw new Error('there is no client');
  await platform.store.clients.save({ ...client, scopes, optionalScopes: [] });
}

/** From here on, the client may use no type of details. */
async function leaveNoTypes(clientId = 'heatlens'): Promise<void> {
  const client = await platform.store.clients.load(clientId);
  if (client === undefined) throw new Error('there is no client');
  const { authorizationDetailsTypes: _, ...settings } = client.settings ?? {};
  await platform.store.clients.save({ ...client, settings });
}

/** From here on, the API has only these scopes, and no types of details. */
async function leaveAtApi(identifier: string, scopes: readonly string[]): Promise<void> {
  const registration = detailApis.find((one) => one.identifier === identifier);
  if (registration === undefined) throw new Error('there is no API');
  const { authorization_details_types: _, ...plain } = registration;
  const left = plain.scopes?.filter(({ name }) => scopes.includes(name)) ?? [];
  await platform.store.apis.save(
    registerApi({ ...plain, scopes: left }, { apis: [], origin: 'config' }),
  );
}

/** Ada allows everything on the page, with every box ticked. */
async function allowAll(page: Answer, on: Browser = browser): Promise<Answer> {
  const form = { decision: 'allow', scope: ['measurements:read'], detail: ['0', '1', '2'] };
  return on.post('/consent', { ...readForm(page), ...form });
}

async function redeemed(answer: Answer, words = {}) {
  const code = answer.location.searchParams.get('code') ?? '';
  return tokensOf(await redeem(platform, code, words));
}

const scopesShown = (page: Answer) =>
  (page.json['groups'] as { scopes: { name: string }[] }[]).flatMap(({ scopes }) =>
    scopes.map(({ name }) => name),
  );

describe('a scope that the client loses during an authorization', () => {
  it('before the consent page is shown is neither on the page nor in the tokens', async () => {
    const { location } = await browser.get(authorizeLink({ scope: 'openid email buildings:read' }));
    await leave(['openid', 'buildings:read']);
    const page = await browser.get((await platform.signIn(browser, ada, location)).location.href);
    expect(scopesShown(page)).toEqual(['openid', 'buildings:read']);
    expect((await redeemed(await allowAll(page))).scope).toBe('openid buildings:read');
  });

  it('while the consent page is open is in no code, no token and no grant', async () => {
    const page = await reachConsent(platform, browser, { scope: 'openid email buildings:read' });
    await leave(['openid', 'buildings:read']);
    const answer = await allowAll(page);
    // The client gets the right back, but not the tokens that were issued.
    await leave(['openid', 'email', 'buildings:read']);
    const tokens = await redeemed(answer);
    expect(tokens.scope).toBe('openid buildings:read');
    const again = tokensOf(await refresh(platform, tokens.refresh_token));
    expect(again.scope).toBe('openid buildings:read');
    const grant = await platform.store.grants.load(
      platform.accounts.get(ada)?.id ?? '',
      'heatlens',
    );
    expect(grant?.scopes).toEqual(['openid', 'buildings:read']);
  });

  it('while the consent page is open is in no token of the implicit grant', async () => {
    const page = await reachConsent(platform, browser, {
      client_id: 'spa',
      redirect_uri: spaCallback,
      response_type: 'token',
      scope: 'buildings:read measurements:read',
      code_challenge: undefined,
      code_challenge_method: undefined,
    });
    await leave(['buildings:read'], 'spa');
    const told = new URLSearchParams((await allowAll(page)).location.hash.slice(1));
    expect(told.get('scope')).toBe('buildings:read');
    expect(claimsOf(told.get('access_token') ?? '')['scope']).toBe('buildings:read');
  });

  it('between sign-in and answer is in no code when there is no page', async () => {
    const portal = { client_id: 'portal', redirect_uri: 'https://portal.sunrise.example/callback' };
    const link = authorizeLink({ ...portal, scope: 'openid email buildings:read' });
    const { location } = await browser.get(link);
    await leave(['openid', 'buildings:read'], 'portal');
    const back = await browser.get((await platform.signIn(browser, ada, location)).location.href);
    const code = back.location.searchParams.get('code') ?? '';
    await leave(['openid', 'email', 'buildings:read'], 'portal');
    const words = { redirect_uri: portal.redirect_uri };
    expect(tokensOf(await redeem(platform, code, words, 'portal')).scope).toBe(
      'openid buildings:read',
    );
  });

  it('after the code was issued is in none of its tokens', async () => {
    const code = await obtainCode(platform, { scope: 'openid email buildings:read' }, browser);
    await leave(['openid', 'buildings:read']);
    const tokens = tokensOf(await redeem(platform, code));
    expect(tokens.scope).toBe('openid buildings:read');
    expect(claimsOf(tokens.access_token)['scope']).toBe('openid buildings:read');
    await leave(['openid', 'email', 'buildings:read']);
    expect(tokensOf(await refresh(platform, tokens.refresh_token)).scope).toBe(
      'openid buildings:read',
    );
  });

  it('after the code was issued takes the ID token away when the scope is openid', async () => {
    const code = await obtainCode(platform, {}, browser);
    await leave(['buildings:read']);
    const answer = await redeem(platform, code);
    expect(answer.json['scope']).toBe('buildings:read');
    expect(answer.json).not.toHaveProperty('id_token');
  });

  it('and that is the last one of an API removes that API from the code', async () => {
    const code = await obtainCode(
      platform,
      { scope: 'openid invoices:read buildings:read' },
      browser,
    );
    await leave(['openid', 'buildings:read']);
    const wanted = await redeem(platform, code, { resource: billing });
    expect([wanted.status, wanted.json['error']]).toEqual([400, 'invalid_target']);
    // Refused before it is spent: the API that is left can be used without naming it.
    expect(claimsOf(tokensOf(await redeem(platform, code)).access_token)['aud']).toBe(buildings);
  });

  it('together with all others leaves nothing to issue', async () => {
    const scope = 'buildings:read measurements:read';
    const page = await reachConsent(platform, browser, { scope });
    const [code, other] = [await obtainCode(platform, { scope }, browser), page];
    const tokens = tokensOf(await redeem(platform, await obtainCode(platform, { scope }, browser)));
    await leave(['openid']);
    expect((await allowAll(other)).location.searchParams.get('error')).toBe('invalid_scope');
    expect((await redeem(platform, code)).json['error']).toBe('invalid_scope');
    expect((await refresh(platform, tokens.refresh_token)).json['error']).toBe('invalid_scope');
  });

  it('while a device waits is in none of its tokens', async () => {
    const scopes = 'openid email buildings:read';
    const before = await askAsDevice(platform, { scope: scopes });
    const after = await askAsDevice(platform, { scope: scopes });
    browser = await signedIn(platform);
    await answerDevice(browser, after.user_code);
    await leave(['openid', 'buildings:read'], television);
    const page = await reachConfirmation(browser, before.user_code);
    expect(viewOf(page).groups.flatMap(({ scopes: all }) => all.map(({ name }) => name))).toEqual([
      'openid',
      'buildings:read',
    ]);
    await browser.post('/device/confirm', { ...readForm(page), decision: 'allow' });
    for (const { device_code: code } of [before, after])
      expect(tokensOf(await pollAsDevice(platform, code)).scope).toBe('openid buildings:read');
  });

  it('after a CIBA request was allowed is in none of its tokens', async () => {
    const id = await idOfRequest(platform, { scope: 'openid email buildings:read' });
    await answerFromAfar(await signedIn(platform));
    await leave(['openid', 'buildings:read'], desk);
    expect(tokensOf(await pollFromAfar(platform, id)).scope).toBe('openid buildings:read');
  });

  it('between the steps of a challenge is in no code', async () => {
    const first = await platform.post(
      '/authorize-challenge',
      {
        scope: 'openid email buildings:read',
        code_challenge: challenge,
        code_challenge_method: 'S256',
      },
      'portal',
    );
    await leave(['openid', 'buildings:read'], 'portal');
    const session = { auth_session: String(first.json['auth_session']) };
    const typed = { ...session, username: ada, password: 'correct horse' };
    const code = (await platform.post('/authorize-challenge', typed, 'portal')).json[
      'authorization_code'
    ];
    await leave(['openid', 'email', 'buildings:read'], 'portal');
    const tokens = await redeem(platform, String(code), { redirect_uri: undefined }, 'portal');
    expect(tokensOf(tokens).scope).toBe('openid buildings:read');
  });
});

describe('a scope that its API loses during an authorization', () => {
  it('while the consent page is open, or after the code was issued, is in no token', async () => {
    const scope = 'openid buildings:read measurements:read';
    const [page, code] = [
      await reachConsent(platform, browser, { scope }),
      await obtainCode(platform, { scope, prompt: 'consent' }, browser),
    ];
    await leaveAtApi(buildings, ['buildings:read']);
    expect((await redeemed(await allowAll(page))).scope).toBe('openid buildings:read');
    expect(tokensOf(await redeem(platform, code)).scope).toBe('openid buildings:read');
  });

  it.each([
    ['loses them all and declares types instead', () => leaveTypesAlone()],
    ['is removed', () => platform.store.apis.remove(billing)],
  ])('gives no token for that API once it %s', async (_, lose) => {
    const asked = { scope: 'openid buildings:read invoices:read' };
    const open = await reachConsent(platform, browser, asked);
    const code = await obtainCode(platform, asked, browser);
    const words = { resource: billing };
    const tokens = tokensOf(
      await redeem(platform, await obtainCode(platform, asked, browser), words),
    );
    await lose();
    const late = (await allowAll(open)).location.searchParams.get('code') ?? '';
    for (const answer of [
      await refresh(platform, tokens.refresh_token, words),
      await redeem(platform, code, words),
      await redeem(platform, late, words),
    ])
      expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_target']);
    for (const answer of [
      await refresh(platform, tokens.refresh_token),
      await redeem(platform, code),
      await redeem(platform, late),
    ])
      expect(claimsOf(tokensOf(answer).access_token)['aud']).toBe(buildings);
  });
});

/** Billing without a scope, and with a type of details that Heatlens may ask for. */
async function leaveTypesAlone(): Promise<void> {
  const registration = detailApis.find((one) => one.identifier === billing);
  if (registration === undefined) throw new Error('there is no API');
  await platform.store.apis.save(
    registerApi({ ...registration, scopes: [] }, { apis: [], origin: 'config' }),
  );
}

describe('a type of details that the client or its API loses during an authorization', () => {
  const asked = { scope: 'openid buildings:read', resource: buildings };
  const two = {
    ...asked,
    prompt: 'consent',
    authorization_details: asParameter(reading('b-1', 'b-2')),
  };

  it.each([
    ['client', () => leaveNoTypes()],
    ['API', () => leaveAtApi(buildings, ['buildings:read', 'measurements:read'])],
  ])(
    'is not granted, also when it was lost before the page, while it is open, or after the code: by the %s',
    async (_, lose) => {
      const other = platform.browser();
      const { location } = await other.get(authorizeLink(two));
      const open = await reachConsent(platform, browser, two);
      const words = { resource: buildings };
      const code = (await allowAll(await reachConsent(platform, browser, two))).location
        .searchParams;
      await lose();
      const page = await other.get((await platform.signIn(other, ada, location)).location.href);
      expect(page.json['details']).toEqual([]);
      for (const answer of [
        await redeem(platform, code.get('code') ?? '', words),
        await redeem(
          platform,
          (await allowAll(open)).location.searchParams.get('code') ?? '',
          words,
        ),
        await redeem(
          platform,
          (await allowAll(page, other)).location.searchParams.get('code') ?? '',
          words,
        ),
      ]) {
        expect(answer.json['scope']).toBe('openid buildings:read');
        expect(answer.json).not.toHaveProperty('authorization_details');
      }
    },
  );

  it('is in no consent, and the other ticked boxes still count', async () => {
    const pay = { type: payment, amount: { value: 1, currency: 'EUR' }, creditor: 'Stadtwerke' };
    const page = await reachConsent(platform, browser, {
      authorization_details: asParameter(pay, reading('b-1', 'b-2')),
      scope: 'openid',
    });
    await leaveAtApi(billing, ['invoices:read']);
    const form = { ...readForm(page), decision: 'allow', detail: ['0', '2'] };
    await browser.post('/consent', form);
    const grant = await platform.store.grants.load(
      platform.accounts.get(ada)?.id ?? '',
      'heatlens',
    );
    expect(grant?.terms?.authorizationDetails).toEqual([reading('b-2')]);
  });
});
