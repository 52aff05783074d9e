/** Two factors that the operator demands of the users in a group (`secondFactor.groups`). */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Browser, readForm, type TestPlatform } from '../src/index.ts';
import {
  addAppFrom,
  arrive,
  claimsAfter,
  createDemanding,
  usePasskeyAt,
  walk,
} from './demanded-factor-setting.ts';
import {
  answerFromAfar,
  askAsDevice,
  askFromAfar,
  asking,
  typeCode as typeDeviceCode,
} from './deferred-setting.ts';
import { withPasskey } from './passkey-setting.ts';
import { ada, authorizeLink, challenge, clients } from './sunrise.ts';

let platform: TestPlatform;
let browser: Browser;
beforeEach(async () => {
  platform = await createDemanding({ secondFactor: { groups: ['staff', 'role:administrator'] } });
  browser = platform.browser();
});
afterEach(() => platform.close());

type Name = `${string}:${string}`;

async function put(lower: Name, upper: Name): Promise<void> {
  const [low, up] = [lower, upper].map((name) => {
    const colon = name.indexOf(':');
    return { type: name.slice(0, colon), id: name.slice(colon + 1) };
  });
  if (low === undefined || up === undefined) throw new Error('no link');
  const link = { kind: 'membership', lower: low, upper: up, createdAt: 1 } as const;
  expect(await platform.store.permissions.link(link)).toBe('linked');
}

const user = (): Name => `user:${platform.accounts.get(ada)?.id ?? ''}`;

describe('a user in a group that needs two factors', () => {
  it('adds an app during the sign-in, and goes on to the application', async () => {
    await put(user(), 'group:staff');
    const page = await arrive(platform, browser);
    expect(page.json).toMatchObject({ page: 'step-up', add: { totp: expect.any(String) } });
    const codes = await addAppFrom(platform, browser, page);
    const consent = await walk(browser, codes.json['onward'] as string);
    expect(await claimsAfter(platform, browser, consent)).toMatchObject({
      acr: 'urn:keywright:acr:two-factor',
    });
  });

  it.each([
    ['the group', ['group:staff']],
    ['a role', ['role:administrator']],
    ['a group in the group', ['group:night-shift', 'group:staff']],
  ] as const)('is refused with prompt=none, as a member of %s', async (_, [first, second]) => {
    await put(user(), first);
    if (second !== undefined) await put(first, second);
    await arrive(platform, browser);
    const { searchParams } = (await browser.get(authorizeLink({ prompt: 'none' }))).location;
    expect([searchParams.get('error'), searchParams.get('code')]).toEqual([
      'interaction_required',
      null,
    ]);
  });

  it('gets no answer from a consent page that was shown before they came into the group', async () => {
    const consent = await arrive(platform, browser);
    expect(consent.json['page']).toBe('consent');
    await put(user(), 'group:staff');
    const refused = await browser.post('/consent', { ...readForm(consent), decision: 'allow' });
    expect(refused.location.pathname).toBe('/sign-in/step-up');
  });
});

describe('a user in such a group, on the way to the own account,', () => {
  beforeEach(() => put(user(), 'group:staff'));

  it('adds an app at the first sign-in, and goes on to the account', async () => {
    const signedIn = await platform.signIn(browser, ada);
    const page = await walk(browser, signedIn.location.href);
    expect(page.json).toMatchObject({ page: 'step-up', add: { totp: expect.any(String) } });
    const codes = await addAppFrom(platform, browser, page);
    const account = await walk(browser, codes.json['onward'] as string);
    expect(account.json['page']).toBe('account');
  });

  it('is asked for the passkey that the account has', async () => {
    const passkey = await withPasskey(platform);
    const signedIn = await platform.signIn(browser, ada);
    const page = await walk(browser, signedIn.location.href);
    expect(page.json).toMatchObject({ page: 'step-up', passkey: {} });
    const used = await usePasskeyAt(browser, page, passkey);
    expect((await walk(browser, used.location.href)).json['page']).toBe('account');
  });

  it('is asked for the terms before', async () => {
    await platform.close();
    platform = await createDemanding({
      secondFactor: { groups: ['staff'] },
      terms: { url: 'https://sunrise.example/terms', version: '1' },
    });
    browser = platform.browser();
    await put(user(), 'group:staff');
    const signedIn = await platform.signIn(browser, ada);
    const terms = await walk(browser, signedIn.location.href);
    expect(terms.json['page']).toBe('terms');
    const accepted = await browser.post('/sign-in/terms', readForm(terms));
    expect((await walk(browser, accepted.location.href)).json['page']).toBe('step-up');
  });

  it('is not asked for it in a group that needs none', async () => {
    const other = platform.browser();
    const signedIn = await platform.signIn(other, 'grace@example.com');
    expect(signedIn.location.pathname).toBe('/account');
  });
});

describe('a user in such a group, at a place without a page,', () => {
  beforeEach(async () => {
    await platform.close();
    platform = await createDemanding({
      features: {
        challengeEndpoint: true,
        deviceAuthorization: true,
        backchannelAuthentication: true,
      },
      clients: [
        ...clients.map((client) =>
          client.client_id === 'portal' ? { ...client, first_party_challenge: true } : client,
        ),
        ...asking,
      ],
      secondFactor: { groups: ['staff'] },
    });
    browser = platform.browser();
    await put(user(), 'group:staff');
  });

  const typed = { scope: 'openid', username: ada, password: 'correct horse' };

  it('gets no tokens by the password grant', async () => {
    const form = { grant_type: 'password', ...typed };
    const refused = await platform.post('/token', form, 'portal');
    expect([refused.json['error'], refused.reason]).toEqual([
      'invalid_grant',
      'second_factor_required',
    ]);
  });

  it('is led into the browser by the challenge endpoint', async () => {
    const pkce = { code_challenge: challenge, code_challenge_method: 'S256' };
    const answer = await platform.post('/authorize-challenge', { ...typed, ...pkce }, 'portal');
    expect(answer.json['error']).toBe('redirect_to_web');
  });

  it('allows a device only after the second factor', async () => {
    await platform.signIn(browser, ada);
    const { user_code } = await askAsDevice(platform);
    const confirmation = await typeDeviceCode(browser, user_code);
    expect((await walk(browser, confirmation.location.href)).json['page']).toBe('step-up');
  });

  it('answers a request from afar only after the second factor', async () => {
    await platform.signIn(browser, ada);
    await askFromAfar(platform);
    expect((await answerFromAfar(browser)).location.pathname).toBe('/sign-in/step-up');
  });
});

describe('a user in more groups than are read', () => {
  it('needs two factors, because one of the groups may be one that needs them', async () => {
    await put(user(), 'group:everybody');
    const many = Array.from({ length: 1000 }, (_, n) => put('group:everybody', `group:${n}`));
    await Promise.all(many);
    expect((await arrive(platform, browser)).json['page']).toBe('step-up');
  });
});

describe('a user in other groups', () => {
  it.each(['group:customers', 'role:staff', 'team:staff'] as const)(
    'signs in with the password alone, as a member of %s',
    async (group) => {
      await put(user(), group);
      expect((await arrive(platform, browser)).json['page']).toBe('consent');
    },
  );
});

describe('the demand', () => {
  it.each([
    ['no group', []],
    ['a group without an id', ['group:']],
    ['a group without a type', [':staff']],
  ])('is refused with %s', async (_, groups) => {
    await expect(createDemanding({ secondFactor: { groups } })).rejects.toThrow(/secondFactor/);
  });
});
