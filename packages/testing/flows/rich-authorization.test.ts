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
  it('are in the metadata with their types (§10), and not where no API declares one', async () => {
    const { json } = await platform.get('/.well-known/oauth-authorization-server');
    expect(json['authorization_details_types_supported']).toEqual(
      [payment, buildingAccess].toSorted(),
    );
    const plain = await createWithDetails({ apis: [], clients: [] });
    const without = await plain.get('/.well-known/oauth-authorization-server');
    expect(without.json).not.toHaveProperty('authorization_details_types_supported');
    await plain.close();
  });

  it('are shown at consent as text, each resource with its own box, and completely', async () => {
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

  it('in the token answer and the access token are those that were ticked (§7, §9.1)', async () => {
    const answer = await obtainWithDetails(platform, [reading('b-1', 'b-2')], ['1'], {}, browser);
    expect(answer.json['authorization_details']).toEqual([reading('b-2')]);
    expect(claimsOf(tokensOf(answer).access_token)['authorization_details']).toEqual([
      reading('b-2'),
    ]);
    const spent = await refresh(platform, tokensOf(answer).refresh_token);
    expect(spent.json['authorization_details']).toEqual([reading('b-2')]);
  });

  it('in each access token are those of its audience (§9.1)', async () => {
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

  it('may come without a scope, and then make their API the audience (§3)', async () => {
    const page = await reachConsent(platform, browser, { ...two, scope: undefined });
    expect((page.json as unknown as ConsentView).groups).toEqual([]);
    const answer = await redeem(
      platform,
      (await allowTicked(browser, page, ['0'])).get('code') ?? '',
    );
    expect(answer.json).toMatchObject({ scope: '', authorization_details: [reading('b-1')] });
    expect(claimsOf(tokensOf(answer).access_token)['aud']).toBe(buildings);
  });

  it('that are all unticked, with no other request, are a refusal', async () => {
    const page = await reachConsent(platform, browser, { ...two, scope: undefined });
    expect((await allowTicked(browser, page, [])).get('error')).toBe('access_denied');
  });

  it('may be narrowed at the token endpoint, anew at each refresh (§6)', async () => {
    const page = await reachConsent(platform, browser, two);
    const code = (await allowTicked(browser, page, ['0', '1'])).get('code') ?? '';
    const narrowed = { authorization_details: asParameter(reading('b-2')) };
    const first = await redeem(platform, code, narrowed);
    expect(first.json['authorization_details']).toEqual([reading('b-2')]);
    const whole = await refresh(platform, tokensOf(first).refresh_token);
    expect(whole.json['authorization_details']).toEqual([reading('b-1', 'b-2')]);
  });

  it('are shown at introspection (§9.2)', async () => {
    const answer = await obtainWithDetails(platform, [reading('b-1')], ['0'], {}, browser);
    const token = tokensOf(answer).access_token;
    const { json } = await platform.post('/introspect', { token }, 'buildings-api');
    expect(json).toMatchObject({ active: true, authorization_details: [reading('b-1')] });
    const refreshToken = { token: tokensOf(answer).refresh_token };
    const own = await platform.post('/introspect', refreshToken, 'heatlens');
    expect(own.json['authorization_details']).toEqual([reading('b-1')]);
  });

  it('are given to a service that is registered for them', async () => {
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

  it('are given without a page where the tier skips consent', async () => {
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

describe('authorization details that the browser does not see (§3)', () => {
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

  it('are requested in a pushed request as in others', async () => {
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

  it('are JSON, and not text, in a request object', async () => {
    const claims = { authorization_details: [onePayment] };
    const code = await back({ request: signObject(protectedPlatform, {}, { claims }) });
    const { json } = await redeem(protectedPlatform, code, { resource: billing });
    expect(json['authorization_details']).toEqual([onePayment]);
  });

  it('are required of a client with FAPI 2.0 (ASVS 10.4.15)', async () => {
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

describe('a consent to authorization details', () => {
  it('is remembered for each resource: only a new resource is asked, and the others are shown as agreed', async () => {
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

  it('does not ask again for a resource that was left out, unless it is the only one', async () => {
    await obtainWithDetails(platform, [reading('b-1', 'b-2')], ['0'], {}, browser);
    const both = await reachConsent(platform, browser, two);
    const { json } = await redeem(platform, both.location.searchParams.get('code') ?? '');
    expect(json['authorization_details']).toEqual([reading('b-1')]);
    const alone = await reachConsent(platform, browser, {
      authorization_details: asParameter(reading('b-2')),
    });
    expect(alone.json['page']).toBe('consent');
  });

  it('is asked every time for a type for single actions, in each tier', async () => {
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

  it('for reading does not include writing', async () => {
    await obtainWithDetails(platform, [reading('b-1')], ['0'], {}, browser);
    const wider = { ...reading('b-1'), actions: ['read', 'write'] };
    const page = await reachConsent(platform, browser, {
      authorization_details: asParameter(wider),
    });
    expect(page.json['page']).toBe('consent');
  });

  it('also removes what is unticked from existing tokens, at their next refresh', async () => {
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

describe('at an API behind the guard, with authorization details,', () => {
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

  it('a selected building is accessible, and another one is 403', async () => {
    const answer = await obtainWithDetails(platform, [reading('b-1', 'b-2')], ['0'], {}, browser);
    expect(await ask(tokensOf(answer).access_token, 'b-1')).toBe(200);
    expect(await ask(tokensOf(answer).access_token, 'b-2')).toBe(403);
  });

  it('a building that is withdrawn at the account page is gone at the next refresh, and the other is not', async () => {
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

  it('a withdrawn building is asked for again, and only its user can withdraw it', async () => {
    await obtainWithDetails(platform, [reading('b-1', 'b-2')], ['0', '1'], {}, browser);
    const { connections } = (await browser.get('/account')).json as unknown as AccountView;
    const form = connections[0]?.details[0]?.resources[0]?.takeBack.fields ?? {};
    const stranger = platform.browser();
    await platform.signIn(stranger, 'grace@example.com');
    expect((await stranger.post('/account/withdraw', form)).reason).toBe('form_foreign');
    await browser.post('/account/withdraw', form);
    expect((await reachConsent(platform, browser, two)).json['page']).toBe('consent');
  });

  it('withdrawing the whole consent withdraws its details', async () => {
    const answer = await obtainWithDetails(platform, [reading('b-1')], ['0'], {}, browser);
    const { connections } = (await browser.get('/account')).json as unknown as AccountView;
    await browser.post('/account/revoke', connections[0]?.revoke.fields ?? {});
    expect((await refresh(platform, tokensOf(answer).refresh_token)).status).toBe(400);
    expect(readForm(await reachConsent(platform, browser, two))).toHaveProperty('csrf');
  });

  it('undoing the withdrawal restores the details, and its event has them', async () => {
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

  it('a consent without a scope ends when its last detail is withdrawn', async () => {
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
