/** Attempts to get around a demand for two factors, and requests that cannot be met. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SecondFactorDemand } from '@keywright/core';
import { type Browser, readForm, type TestPlatform, totpAt } from '../src/index.ts';
import { createPasskey } from './authenticator.ts';
import {
  askAsDevice,
  asking,
  askFromAfar,
  answerFromAfar,
  television,
  desk,
  typeCode as typeDeviceCode,
} from './deferred-setting.ts';
import {
  addAppFrom,
  addPasskeyFrom,
  arrive,
  createDemanding,
  createUndemanding,
  demandFromNowOn,
  usePasskeyAt,
  walk,
} from './demanded-factor-setting.ts';
import { askedBy, origin, securityPage, withPasskey } from './passkey-setting.ts';
import { ada, authorizeLink, challenge, clients } from './sunrise.ts';

const twoFactor = 'urn:keywright:acr:two-factor';

let platform: TestPlatform;
let browser: Browser;
beforeEach(async () => {
  platform = await createDemanding();
  browser = platform.browser();
});
afterEach(() => platform.close());

const accountId = () => platform.accounts.get(ada)?.id ?? '';
const essential = (value: string) => ({
  claims: JSON.stringify({ id_token: { acr: { essential: true, value } } }),
});

describe('without a second factor', () => {
  it('prompt=none is interaction_required, and no code is issued', async () => {
    await arrive(platform, browser);
    const { searchParams } = (await browser.get(authorizeLink({ prompt: 'none' }))).location;
    expect(searchParams.get('error')).toBe('interaction_required');
    expect(searchParams.get('code')).toBeNull();
  });

  it('prompt=none is login_required if the account has a passkey that was not used', async () => {
    await withPasskey(platform);
    await platform.signIn(browser, ada);
    const { searchParams } = (await browser.get(authorizeLink({ prompt: 'none' }))).location;
    expect(searchParams.get('error')).toBe('login_required');
  });

  it('the consent page is neither shown nor answered', async () => {
    const page = await arrive(platform, browser);
    const request = new URL(page.json['signIn'] as string, platform.issuer).searchParams;
    const sealed = request.get('request') ?? '';
    const shown = await browser.get(`/consent?request=${sealed}`);
    expect(shown.location.pathname).toBe('/sign-in/step-up');
    const answered = await browser.post('/consent', { request: sealed, decision: 'allow' });
    expect(answered.location.pathname).toBe('/sign-in/step-up');
  });

  it('a consent page from before the demand is not answered', async () => {
    await platform.close();
    platform = await createUndemanding();
    browser = platform.browser();
    const consent = await arrive(platform, browser);
    expect(consent.json['page']).toBe('consent');
    const strict = demandFromNowOn(platform, browser);
    const answer = { ...readForm(consent), decision: 'allow' };
    const refused = await strict.post('/consent', answer);
    expect(refused.location.pathname).toBe('/sign-in/step-up');
  });
});

describe('somebody who only has the password of an account with a passkey', () => {
  beforeEach(() => withPasskey(platform));

  it('cannot add an app, add a passkey or remove the passkey', async () => {
    const page = await arrive(platform, browser);
    expect(page.json).not.toHaveProperty('add');
    const security = await browser.get(securityPage);
    expect(security.json).not.toHaveProperty('passkeys.add');
    expect(security.json).not.toHaveProperty('totp.add');
    const [passkey] = await platform.store.passkeys.list(accountId());
    for (const path of ['/account/totp', `/account/passkeys/remove?id=${passkey?.id}`])
      expect((await browser.get(path)).location.pathname).toBe('/sign-in/step-up');
    expect(await platform.store.secondFactors.load(accountId())).toBeUndefined();
  });

  it('may use the passkey on the way to a change, and then make it', async () => {
    const owner = platform.browser();
    const passkey = await withPasskey(platform, {}, 'grace@example.com');
    await platform.signIn(owner, 'grace@example.com');
    const first = await owner.get('/account/totp');
    const page = await walk(owner, first.location.href);
    const used = await usePasskeyAt(owner, page, passkey);
    expect((await walk(owner, used.location.href)).json['page']).toBe('totp-enrolment');
  });
});

describe('an offer that was made before the owner added a passkey (fixation)', () => {
  it('of an app is void', async () => {
    const page = await arrive(platform, browser);
    const { add } = page.json as { readonly add: { readonly totp: string } };
    const offered = await browser.get(add.totp);
    await withPasskey(platform);
    const secret = Buffer.from(offered.json['secret'] as string, 'hex');
    const totp = totpAt(secret, platform.clock.nowSeconds());
    const answer = await browser.post('/account/totp', { ...readForm(offered), totp });
    expect(answer.location.pathname).toBe('/account/totp');
    expect(await platform.store.secondFactors.load(accountId())).toBeUndefined();
  });

  it('of a passkey is void', async () => {
    const page = await arrive(platform, browser);
    await withPasskey(platform);
    await addPasskeyFrom(browser, page);
    expect(await platform.store.passkeys.list(accountId())).toHaveLength(1);
  });
});

describe('the page that adds a second factor', () => {
  it('is void in another browser, and its forms too', async () => {
    const page = await arrive(platform, browser);
    const { asked, form } = askedBy(page);
    const passkey = createPasskey(origin, asked);
    const other = platform.browser();
    await platform.signIn(other, 'grace@example.com');
    const answer = await other.post(form.action, {
      ...form.fields,
      passkey: passkey.registration,
    });
    expect(answer.status).toBe(400);
    expect(await platform.store.passkeys.list(accountId())).toEqual([]);
  });

  it('takes an answer once', async () => {
    const page = await arrive(platform, browser);
    const { asked, form } = askedBy(page);
    const { registration } = createPasskey(origin, asked);
    const fields = { ...form.fields, passkey: registration };
    await browser.post(form.action, fields);
    const again = await walk(browser, (await browser.post(form.action, fields)).location.href);
    expect(again.json['error']).toBeTruthy();
    expect(await platform.store.passkeys.list(accountId())).toHaveLength(1);
  });

  it('of a second tab leads on when the first tab has added the factor', async () => {
    const first = await arrive(platform, browser, { state: 'first' });
    const second = await arrive(platform, browser, { state: 'second' });
    await addAppFrom(platform, browser, first);
    const { add } = second.json as { readonly add: { readonly totp: string } };
    const consent = await walk(browser, add.totp);
    expect(consent.json['page']).toBe('consent');
    const back = await browser.post('/consent', { ...readForm(consent), decision: 'allow' });
    expect(back.location.searchParams.get('state')).toBe('second');
  });

  it('is not shown without a sign-in, and its address cannot be edited', async () => {
    expect((await browser.get('/sign-in/step-up')).location.pathname).toBe('/sign-in');
    expect((await browser.get('/sign-in/step-up?request=x')).status).toBe(400);
    await platform.signIn(browser, ada);
    const page = await browser.get('/sign-in/step-up?next=https://evil.example/');
    expect(page.json).not.toHaveProperty('client');
  });

  it('does not take the passkey of another account as a factor of this one', async () => {
    await withPasskey(platform);
    const other = await withPasskey(platform, {}, 'grace@example.com');
    const page = await arrive(platform, browser);
    await usePasskeyAt(browser, page, other);
    const security = await browser.get(securityPage);
    expect(security.json['account']).toMatchObject({ email: 'grace@example.com' });
  });
});

describe('no other way gets around the demand:', () => {
  it('the password grant refuses the client', async () => {
    await platform.close();
    platform = await createDemanding({ secondFactor: { clients: ['portal'] } });
    const form = {
      grant_type: 'password',
      scope: 'openid',
      username: ada,
      password: 'correct horse',
    };
    const refused = await platform.post('/token', form, 'portal');
    expect([refused.status, refused.json['error']]).toEqual([400, 'invalid_grant']);
    expect(refused.reason).toBe('second_factor_required');
  });

  it('the challenge endpoint leads into the browser', async () => {
    await platform.close();
    platform = await createDemanding({
      features: { challengeEndpoint: true },
      clients: clients.map((client) =>
        client.client_id === 'portal' ? { ...client, first_party_challenge: true } : client,
      ),
      secondFactor: { clients: ['portal'] },
    });
    const answer = await platform.post(
      '/authorize-challenge',
      {
        scope: 'openid',
        code_challenge: challenge,
        code_challenge_method: 'S256',
        username: ada,
        password: 'correct horse',
      },
      'portal',
    );
    expect([answer.status, answer.json['error']]).toEqual([400, 'redirect_to_web']);
    expect(answer.json).not.toHaveProperty('authorization_code');
  });

  it('a device is allowed only after the second factor', async () => {
    await platform.close();
    platform = await createDemanding({
      features: { deviceAuthorization: true },
      clients: [...clients, ...asking],
      secondFactor: { clients: [television] },
    });
    browser = platform.browser();
    await platform.signIn(browser, ada);
    const { user_code } = await askAsDevice(platform);
    const typed = await typeDeviceCode(browser, user_code);
    const page = await walk(browser, typed.location.href);
    expect(page.json['page']).toBe('step-up');
    const codes = await addAppFrom(platform, browser, page);
    const confirmation = await walk(browser, codes.json['onward'] as string);
    expect(confirmation.json['page']).toBe('device-confirmation');
    const fields = { ...readForm(confirmation), decision: 'allow' };
    const done = await browser.post('/device/confirm', fields);
    expect(done.location.pathname).toBe('/device/done');
  });

  it('a request from afar is allowed only after the second factor', async () => {
    await platform.close();
    platform = await createDemanding({
      features: { backchannelAuthentication: true },
      clients: [...clients, ...asking],
      secondFactor: { clients: [desk] },
    });
    browser = platform.browser();
    await platform.signIn(browser, ada);
    await askFromAfar(platform);
    const answer = await answerFromAfar(browser);
    expect(answer.location.pathname).toBe('/sign-in/step-up');
  });
});

describe('an essential acr that the account cannot meet', () => {
  it('is refused at once, without a new sign-in (RFC 9470 §5)', async () => {
    await platform.close();
    platform = await createUndemanding();
    browser = platform.browser();
    await platform.signIn(browser, ada);
    for (const words of [essential(twoFactor), { ...essential(twoFactor), prompt: 'none' }]) {
      const { searchParams } = (await browser.get(authorizeLink(words))).location;
      expect(searchParams.get('error')).toBe('unmet_authentication_requirements');
    }
  });

  it('is no reason to refuse where the operator lets the user add what is missing', async () => {
    const page = await arrive(platform, browser, essential(twoFactor));
    expect(page.json).toMatchObject({ page: 'step-up', add: {} });
  });

  it('leads to the passkey if the account has one, also right after the password', async () => {
    await withPasskey(platform);
    const page = await arrive(platform, browser, essential(twoFactor));
    expect(page.json).toMatchObject({ page: 'step-up', passkey: {} });
  });
});

describe('the options', () => {
  it.each([
    [{}, /tiers, clients, scopes or groups/],
    [{ tiers: ['service'] }, /service/],
    [{ tiers: ['gold'] }, /secondFactor/],
    [{ client: ['heatlens'] }, /not an option/],
  ])('%j is refused', async (secondFactor, message) => {
    await expect(
      createDemanding({ secondFactor: secondFactor as SecondFactorDemand }),
    ).rejects.toThrow(message);
  });

  it('need a feature by which users can have two factors', async () => {
    const features = { totp: false, passkeys: false };
    await expect(createDemanding({ features })).rejects.toThrow(/totp or passkeys/);
  });
});
