/**
 * Access that a user takes back between two steps of a flow is not given by the next step, in any
 * way of asking.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { type Answer, type Browser, readForm, type TestPlatform } from '../src/index.ts';
import { goThrough, push, shortLink, toldIn } from './authorize-setting.ts';
import {
  asking,
  askAsDevice,
  createDeferred,
  pollAsDevice,
  reachConfirmation,
} from './deferred-setting.ts';
import {
  allowTicked,
  asParameter,
  buildingAccess,
  createWithDetails,
  detailApis,
  reachConsent,
  reading,
} from './details-setting.ts';
import {
  ada,
  allow,
  authorizeLink,
  clients,
  createSunrise,
  obtainCode,
  redeem,
  tokensOf,
} from './sunrise.ts';

let platform: TestPlatform;
afterEach(() => platform.close());

const errorOf = ({ status, json }: Answer) => [status, json['error']];

interface Connection {
  readonly details: readonly {
    readonly resources: readonly {
      readonly takeBack: { readonly fields: Readonly<Record<string, string>> };
    }[];
  }[];
}

/** The first entry of the account page. */
async function takeBackFirst(browser: Browser): Promise<void> {
  const connections = (await browser.get('/account')).json['connections'] as readonly Connection[];
  const fields = connections[0]?.details[0]?.resources[0]?.takeBack.fields ?? {};
  const { status, location } = await browser.post('/account/withdraw', fields);
  expect([status, location.searchParams.has('told')]).toEqual([303, true]);
}

describe('a single authorization detail', () => {
  const two = { authorization_details: asParameter(reading('b-101', 'b-102')) };

  it('that was withdrawn is in no code that was issued before', async () => {
    platform = await createWithDetails();
    const browser = platform.browser();
    const back = await allowTicked(browser, await reachConsent(platform, browser, two), ['0', '1']);
    await takeBackFirst(browser);
    expect(errorOf(await redeem(platform, back.get('code') ?? ''))).toEqual([400, 'invalid_grant']);
  });

  it('that was withdrawn is not given to a device that was allowed before and polls later', async () => {
    const withTypes = asking.map((one) => ({
      ...one,
      authorization_details_types: [buildingAccess],
    }));
    platform = await createDeferred({ apis: detailApis, clients: [...clients, ...withTypes] });
    const { device_code, user_code } = await askAsDevice(platform, { ...two, scope: 'openid' });
    const browser = platform.browser();
    await platform.signIn(browser, ada);
    const page = await reachConfirmation(browser, user_code);
    await browser.post('/device/confirm', {
      ...readForm(page),
      decision: 'allow',
      detail: ['0', '1'],
    });
    await takeBackFirst(browser);
    expect(errorOf(await pollAsDevice(platform, device_code))).toEqual([400, 'access_denied']);
  });

  it('that another page allowed meanwhile does not invalidate a code', async () => {
    platform = await createWithDetails();
    const browser = platform.browser();
    const back = await allowTicked(browser, await reachConsent(platform, browser, two), ['0', '1']);
    const more = { authorization_details: asParameter(reading('b-103')) };
    await allowTicked(browser, await reachConsent(platform, browser, more), ['0']);
    tokensOf(
      await redeem(platform, back.get('code') ?? '', { resource: 'https://api.sunrise.example' }),
    );
  });
});

describe('a scope', () => {
  const scope = 'openid measurements:read';

  it('that is unticked in another window is removed from codes that were issued before', async () => {
    platform = await createSunrise();
    const browser = platform.browser();
    const code = await obtainCode(platform, { scope }, browser);
    await allow(platform, { scope, prompt: 'consent' }, browser, []);
    expect(errorOf(await redeem(platform, code))).toEqual([400, 'invalid_grant']);
  });

  it('that is unticked at consent does not invalidate the code of the same answer', async () => {
    platform = await createSunrise();
    const browser = platform.browser();
    await obtainCode(platform, { scope }, browser);
    const back = await allow(platform, { scope, prompt: 'consent' }, browser, []);
    expect(tokensOf(await redeem(platform, back.searchParams.get('code') ?? '')).scope).toBe(
      'openid',
    );
  });
});

describe('a consent', () => {
  it('that ends while a pushed request is answered is not created again by the answer', async () => {
    let isRacing = false;
    platform = await createSunrise({
      ports: ({ store }) => ({
        store: {
          ...store,
          codes: {
            ...store.codes,
            issue: async (issue, now) => {
              const { accountId, clientId } = issue.code;
              const grant = isRacing ? await store.grants.load(accountId, clientId) : undefined;
              if (grant !== undefined) await store.grants.end(grant.id, accountId, now);
              return store.codes.issue(issue, now);
            },
          },
        },
      }),
    });
    const browser = platform.browser();
    const link = async () => shortLink({ request_uri: await push(platform) });
    await goThrough(platform, await link(), browser);
    isRacing = true;
    const answer = await browser.get(await link());
    expect(toldIn(answer).get('error')).toBe('consent_required');
    const account = platform.accounts.get(ada);
    expect(await platform.store.grants.load(account?.id ?? '', 'heatlens')).toBeUndefined();
  });
});

describe('when all consents end after a stolen password, no consent is created again', () => {
  const endAll = () => {
    const { id = '' } = platform.accounts.get(ada) ?? {};
    const change = { passwordHash: 'another', endsGrants: true };
    return platform.store.accounts.changePassword(id, change, platform.clock.nowSeconds());
  };
  const livingGrants = async () =>
    (await platform.store.grants.list(platform.accounts.get(ada)?.id ?? '')).items;

  it('by a request without a page at the same moment', async () => {
    platform = await createSunrise({
      ports: ({ store }) => ({
        store: {
          ...store,
          codes: {
            ...store.codes,
            issue: async (...asked) => (await endAll(), store.codes.issue(...asked)),
          },
        },
      }),
    });
    const browser = platform.browser();
    await platform.signIn(browser, ada);
    const portal = { client_id: 'portal', redirect_uri: 'https://portal.sunrise.example/callback' };
    const link = authorizeLink({ ...portal, scope: 'openid offline_access' });
    const code = (await browser.get(link)).location.searchParams.get('code') ?? '';
    const { redirect_uri } = portal;
    expect(errorOf(await redeem(platform, code, { redirect_uri }, 'portal'))).toEqual([
      400,
      'invalid_grant',
    ]);
    expect(await livingGrants()).toEqual([]);
  });

  it('by a device that is allowed at the same moment', async () => {
    platform = await createDeferred({
      ports: ({ store }) => ({
        store: {
          ...store,
          deferred: {
            ...store.deferred,
            answer: async (...asked) => (await endAll(), store.deferred.answer(...asked)),
          },
        },
      }),
    });
    const { device_code, user_code } = await askAsDevice(platform, {
      scope: 'openid offline_access',
    });
    const browser = platform.browser();
    await platform.signIn(browser, ada);
    const page = await reachConfirmation(browser, user_code);
    await browser.post('/device/confirm', { ...readForm(page), decision: 'allow' });
    expect(errorOf(await pollAsDevice(platform, device_code))).toEqual([400, 'invalid_grant']);
    expect(await livingGrants()).toEqual([]);
  });
});
