import type { AccountView, ConsentView } from '@keywright/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Browser, readForm, type TestPlatform } from '../src/index.ts';
import {
  createAuthorizePlatform,
  goThrough,
  heatlensKey,
  push,
  requestWords,
  shortLink,
  signObject,
  toldIn,
} from './authorize-setting.ts';
import {
  allowTicked,
  asParameter,
  buildingAccess,
  createWithDetails,
  detailApis,
  obtainWithDetails,
  payment,
  reachConsent,
  reading,
} from './details-setting.ts';
import { createGuardedApi } from './guarded-api.ts';
import {
  authorizeLink,
  billing,
  buildings,
  claimsOf,
  redeem,
  refresh,
  tokensOf,
} from './sunrise.ts';

let platform: TestPlatform;
let browser: Browser;
beforeEach(async () => {
  platform = await createWithDetails();
  browser = platform.browser();
});
afterEach(() => platform.close());

const two = { authorization_details: asParameter(reading('b-1', 'b-2')) };
const onePayment = { type: payment, amount: { value: 5, currency: 'EUR' }, creditor: 'Stadtwerke' };

describe('authorization details (RFC 9396)', () => {
  it('are announced with their types (§10), and not at all where no API declares one', async () => {
    const { json } = await platform.get('/.well-known/oauth-authorization-server');
    expect(json['authorization_details_types_supported']).toEqual(
      [payment, buildingAccess].toSorted(),
    );
    const plain = await createWithDetails({ apis: [], clients: [] });
    const without = await plain.get('/.well-known/oauth-authorization-server');
    expect(without.json).not.toHaveProperty('authorization_details_types_supported');
    await plain.close();
  });

  it('are shown at consent in words, each resource with a box of its own, and nothing of them unsaid', async () => {
    const noted = { ...reading('b-1', 'b-2'), note: 'for the winter' };
    const page = await reachConsent(platform, browser, {
      authorization_details: asParameter(noted, { ...onePayment, urgent: true }),
    });
    const { details } = page.json as unknown as ConsentView;
    expect(details).toEqual([
      {
        api: 'Sunrise Buildings',
        name: 'Access to single buildings',
        description: [
          { text: 'It may ', isGiven: false },
          { text: 'see', isGiven: true },
          { text: ' these, and no other', isGiven: false },
        ],
        facts: [{ label: 'Note', values: ['for the winter'] }],
        resources: [
          { name: 'b-1', value: '0', granted: false },
          { name: 'b-2', value: '1', granted: false },
        ],
      },
      {
        api: 'Sunrise Billing',
        name: 'One payment',
        description: [
          { text: 'Pay ', isGiven: false },
          { text: '5', isGiven: true },
          { text: ', ', isGiven: false },
          { text: 'EUR', isGiven: true },
          { text: ' to ', isGiven: false },
          { text: 'Stadtwerke', isGiven: true },
        ],
        facts: [{ label: 'Urgent', values: ['yes'] }],
        resources: [],
      },
    ]);
  });

  it('the token answer and the access token hold what was ticked, and no more (§7, §9.1)', async () => {
    const answer = await obtainWithDetails(platform, [reading('b-1', 'b-2')], ['1'], {}, browser);
    expect(answer.json['authorization_details']).toEqual([reading('b-2')]);
    expect(claimsOf(tokensOf(answer).access_token)['authorization_details']).toEqual([
      reading('b-2'),
    ]);
    const spent = await refresh(platform, tokensOf(answer).refresh_token);
    expect(spent.json['authorization_details']).toEqual([reading('b-2')]);
  });

  it('each access token holds those of its audience alone (§9.1)', async () => {
    const page = await reachConsent(platform, browser, {
      authorization_details: asParameter(reading('b-1'), onePayment),
      scope: 'openid',
    });
    const code = (await allowTicked(browser, page, ['0'])).get('code') ?? '';
    const first = await redeem(platform, code, { resource: buildings });
    expect(first.json['authorization_details']).toEqual([reading('b-1')]);
    const other = await refresh(platform, tokensOf(first).refresh_token, { resource: billing });
    expect(claimsOf(tokensOf(other).access_token)).toMatchObject({
      aud: billing,
      authorization_details: [onePayment],
    });
  });

  it('alone ask for no scope, and make their API the audience (§3)', async () => {
    const page = await reachConsent(platform, browser, { ...two, scope: undefined });
    expect((page.json as unknown as ConsentView).groups).toEqual([]);
    const answer = await redeem(
      platform,
      (await allowTicked(browser, page, ['0'])).get('code') ?? '',
    );
    expect(answer.json).toMatchObject({ scope: '', authorization_details: [reading('b-1')] });
    expect(claimsOf(tokensOf(answer).access_token)['aud']).toBe(buildings);
  });

  it('all unticked, and nothing else asked for, is a refusal', async () => {
    const page = await reachConsent(platform, browser, { ...two, scope: undefined });
    expect((await allowTicked(browser, page, [])).get('error')).toBe('access_denied');
  });

  it('may be narrowed at the token endpoint, at each refresh anew (§6)', async () => {
    const page = await reachConsent(platform, browser, two);
    const code = (await allowTicked(browser, page, ['0', '1'])).get('code') ?? '';
    const narrowed = { authorization_details: asParameter(reading('b-2')) };
    const first = await redeem(platform, code, narrowed);
    expect(first.json['authorization_details']).toEqual([reading('b-2')]);
    const whole = await refresh(platform, tokensOf(first).refresh_token);
    expect(whole.json['authorization_details']).toEqual([reading('b-1', 'b-2')]);
  });

  it('are told at introspection (§9.2)', async () => {
    const answer = await obtainWithDetails(platform, [reading('b-1')], ['0'], {}, browser);
    const token = tokensOf(answer).access_token;
    const { json } = await platform.post('/introspect', { token }, 'buildings-api');
    expect(json).toMatchObject({ active: true, authorization_details: [reading('b-1')] });
    const refreshToken = { token: tokensOf(answer).refresh_token };
    const own = await platform.post('/introspect', refreshToken, 'heatlens');
    expect(own.json['authorization_details']).toEqual([reading('b-1')]);
  });

  it('a service gets those that it is registered for, on its own account', async () => {
    const form = {
      grant_type: 'client_credentials',
      authorization_details: asParameter(reading('b-9')),
    };
    const { json } = await platform.post('/token', form, 'collector');
    expect(json).toMatchObject({ scope: '', authorization_details: [reading('b-9')] });
    expect(claimsOf(json['access_token'] as string)).toMatchObject({
      aud: buildings,
      sub: 'collector',
      authorization_details: [reading('b-9')],
    });
  });

  it('a client whose tier skips consent gets what it asks for', async () => {
    const words = {
      ...two,
      client_id: 'portal',
      redirect_uri: 'https://portal.sunrise.example/callback',
    };
    const back = await reachConsent(platform, browser, words);
    const code = back.location.searchParams.get('code') ?? '';
    const answer = await redeem(platform, code, { redirect_uri: words.redirect_uri }, 'portal');
    expect(answer.json['authorization_details']).toEqual([reading('b-1', 'b-2')]);
  });
});

describe('out of sight of the browser (§3)', () => {
  const registered = {
    authorization_details_types: [buildingAccess, payment],
    jwks: { keys: [heatlensKey.jwk] },
  };
  async function back(words: Readonly<Record<string, string>>): Promise<string> {
    const answer = await goThrough(
      protectedPlatform,
      shortLink(words),
      protectedPlatform.browser(),
    );
    return toldIn(answer).get('code') ?? '';
  }
  let protectedPlatform: TestPlatform;
  beforeEach(async () => {
    protectedPlatform = await createAuthorizePlatform(registered, { apis: detailApis });
  });
  afterEach(() => protectedPlatform.close());

  it('pushed details are asked for as others', async () => {
    const request_uri = await push(protectedPlatform, two);
    const { location } = await protectedPlatform.browser().get(shortLink({ request_uri }));
    expect(location.pathname).toBe('/sign-in');
    const refused = await protectedPlatform.post(
      '/par',
      { ...requestWords(), authorization_details: asParameter({ type: 'nothing' }) },
      'heatlens',
    );
    expect(refused.json['error']).toBe('invalid_authorization_details');
  });

  it('in a signed request they are JSON, and not text', async () => {
    const claims = { authorization_details: [onePayment] };
    const code = await back({ request: signObject(protectedPlatform, {}, { claims }) });
    const { json } = await redeem(protectedPlatform, code, { resource: billing });
    expect(json['authorization_details']).toEqual([onePayment]);
  });

  it('a client that is held to FAPI 2.0 sends none in the open (ASVS 10.4.15)', async () => {
    const strict = await createAuthorizePlatform(
      { ...registered, profile: 'fapi-2', token_endpoint_auth_method: 'private_key_jwt' },
      { apis: detailApis },
    );
    const { location } = await strict.browser().get(authorizeLink(two));
    expect(location.searchParams.get('error')).toBe('invalid_request');
    expect(location.searchParams.get('error_description')).toMatch(/push/i);
    await strict.close();
  });
});

describe('what was agreed to in detail is remembered', () => {
  it('a resource that was agreed to is not asked for again; one that is new is, and the others are shown as agreed', async () => {
    await obtainWithDetails(platform, [reading('b-1')], ['0'], {}, browser);
    const again = await reachConsent(platform, browser, {
      authorization_details: asParameter(reading('b-1')),
    });
    expect(again.location.searchParams.get('code')).toBeTruthy();
    const page = await reachConsent(platform, browser, two);
    const [detail] = (page.json as unknown as ConsentView).details;
    expect(detail?.resources.map(({ granted }) => granted)).toEqual([true, false]);
    const code = (await allowTicked(browser, page, ['1'])).get('code') ?? '';
    const { json } = await redeem(platform, code);
    expect(json['authorization_details']).toEqual([reading('b-1', 'b-2')]);
  });

  it('one that was left out is not asked for again beside one that was agreed to; alone it is', async () => {
    await obtainWithDetails(platform, [reading('b-1', 'b-2')], ['0'], {}, browser);
    const both = await reachConsent(platform, browser, two);
    const { json } = await redeem(platform, both.location.searchParams.get('code') ?? '');
    expect(json['authorization_details']).toEqual([reading('b-1')]);
    const alone = await reachConsent(platform, browser, {
      authorization_details: asParameter(reading('b-2')),
    });
    expect(alone.json['page']).toBe('consent');
  });

  it('a type that is for what is done once is asked for each time, by every tier, and never without the person', async () => {
    const once = { authorization_details: asParameter(onePayment), scope: 'openid' };
    const page = await reachConsent(platform, browser, once);
    await allowTicked(browser, page, []);
    expect((await reachConsent(platform, browser, once)).json['page']).toBe('consent');
    const silent = await browser.get(authorizeLink({ ...once, prompt: 'none' }));
    expect(silent.location.searchParams.get('error')).toBe('consent_required');
    const portal = { client_id: 'portal', redirect_uri: 'https://portal.sunrise.example/callback' };
    expect((await reachConsent(platform, browser, { ...once, ...portal })).json['page']).toBe(
      'consent',
    );
  });

  it('agreeing to reading is not agreeing to writing', async () => {
    await obtainWithDetails(platform, [reading('b-1')], ['0'], {}, browser);
    const wider = { ...reading('b-1'), actions: ['read', 'write'] };
    const page = await reachConsent(platform, browser, {
      authorization_details: asParameter(wider),
    });
    expect(page.json['page']).toBe('consent');
  });

  it('what is unticked when all is asked anew is gone from tokens that live, at their next refresh', async () => {
    const first = await obtainWithDetails(
      platform,
      [reading('b-1', 'b-2')],
      ['0', '1'],
      {},
      browser,
    );
    const page = await reachConsent(platform, browser, { ...two, prompt: 'consent' });
    await allowTicked(browser, page, ['0']);
    const { json } = await refresh(platform, tokensOf(first).refresh_token);
    expect(json['authorization_details']).toEqual([reading('b-1')]);
  });
});

describe('at an API behind the guard', () => {
  function api() {
    const { guard } = createGuardedApi(platform);
    return guard.fetch(
      {
        scope: 'buildings:read',
        resource: (request: Request) => new URL(request.url).pathname.split('/').at(-1),
        detail: {
          type: buildingAccess,
          covers: ({ actions, buildings: named }, { resource }) =>
            (actions as string[]).includes('read') && (named as string[]).includes(resource),
        },
      },
      (_, { resource }) => Response.json({ resource }),
    );
  }
  async function ask(accessToken: string, building: string): Promise<number> {
    const headers = { authorization: `Bearer ${accessToken}` };
    const request = new Request(`${buildings}/buildings/${building}`, { headers });
    return (await api()(request, { remoteAddress: '192.0.2.7' })).status;
  }

  it('the building that was picked is open, and one that was not is 403', async () => {
    const answer = await obtainWithDetails(platform, [reading('b-1', 'b-2')], ['0'], {}, browser);
    expect(await ask(tokensOf(answer).access_token, 'b-1')).toBe(200);
    expect(await ask(tokensOf(answer).access_token, 'b-2')).toBe(403);
  });

  it('a single building that is taken back at the account page is gone at the next refresh, and the other is not', async () => {
    const answer = await obtainWithDetails(
      platform,
      [reading('b-1', 'b-2')],
      ['0', '1'],
      {},
      browser,
    );
    const account = await browser.get('/account');
    const { connections } = account.json as unknown as AccountView;
    const [detail] = connections[0]?.details ?? [];
    expect(detail).toMatchObject({
      name: 'Access to single buildings',
      resources: [{ name: 'b-1' }, { name: 'b-2' }],
    });
    const form = detail?.resources[0]?.takeBack.fields ?? {};
    const done = await browser.get((await browser.post('/account/withdraw', form)).location.href);
    expect(done.json['withdrawn']).toEqual({ what: 'b-1', from: 'Heatlens' });
    const { access_token: next } = tokensOf(
      await refresh(platform, tokensOf(answer).refresh_token),
    );
    expect(await ask(next, 'b-1')).toBe(403);
    expect(await ask(next, 'b-2')).toBe(200);
    expect(platform.events).toContainEqual(
      expect.objectContaining({
        type: 'detail.withdrawn',
        detailType: buildingAccess,
        clientId: 'heatlens',
      }),
    );
  });

  it('what was taken back is asked for again, and nobody else can take it back', async () => {
    await obtainWithDetails(platform, [reading('b-1', 'b-2')], ['0', '1'], {}, browser);
    const { connections } = (await browser.get('/account')).json as unknown as AccountView;
    const form = connections[0]?.details[0]?.resources[0]?.takeBack.fields ?? {};
    const stranger = platform.browser();
    await platform.signIn(stranger, 'grace@example.com');
    expect((await stranger.post('/account/withdraw', form)).reason).toBe('form_foreign');
    await browser.post('/account/withdraw', form);
    expect((await reachConsent(platform, browser, two)).json['page']).toBe('consent');
  });

  it('a whole connection that is taken back takes its details with it', async () => {
    const answer = await obtainWithDetails(platform, [reading('b-1')], ['0'], {}, browser);
    const { connections } = (await browser.get('/account')).json as unknown as AccountView;
    await browser.post('/account/revoke', connections[0]?.revoke.fields ?? {});
    expect((await refresh(platform, tokensOf(answer).refresh_token)).status).toBe(400);
    expect(readForm(await reachConsent(platform, browser, two))).toHaveProperty('csrf');
  });

  it('an undone withdrawal brings the details back, and its event has them', async () => {
    await obtainWithDetails(platform, [reading('b-1')], ['0'], {}, browser);
    const { connections } = (await browser.get('/account')).json as unknown as AccountView;
    const taken = await browser.post('/account/revoke', connections[0]?.revoke.fields ?? {});
    const { undo } = (await browser.get(taken.location.href)).json as unknown as AccountView;
    await browser.post('/account/undo', undo?.fields ?? {});
    expect(platform.events.filter(({ type }) => type === 'consent.given')).toMatchObject([
      { detailTypes: [buildingAccess], detailsGranted: 1, detailsDeclined: 0 },
      { detailTypes: [buildingAccess], detailsGranted: 1, detailsDeclined: 0 },
    ]);
  });

  it('a grant whose last detail is taken back, and that has no scope, has ended', async () => {
    const page = await reachConsent(platform, browser, { ...two, scope: undefined });
    await allowTicked(browser, page, ['0']);
    const { connections } = (await browser.get('/account')).json as unknown as AccountView;
    await browser.post(
      '/account/withdraw',
      connections[0]?.details[0]?.resources[0]?.takeBack.fields ?? {},
    );
    expect((await browser.get('/account')).json['connections']).toEqual([]);
  });
});
