/** Passkeys (Web Authentication): adding, naming and removing them, and signing in with them. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Browser, readForm, type TestPlatform } from '../src/index.ts';
import { createPasskey } from './authenticator.ts';
import {
  addPasskey,
  askedBy,
  createWithPasskeys,
  isSignedIn,
  origin,
  securityPage,
  signInWith,
  takeMails,
  withPasskey,
} from './passkey-setting.ts';
import {
  ada,
  authorizeLink,
  claimsOf,
  createSunrise,
  grace,
  obtainCode,
  redeem,
  tokensOf,
} from './sunrise.ts';

let platform: TestPlatform;
let browser: Browser;
beforeEach(async () => {
  platform = await createWithPasskeys();
  browser = platform.browser();
  await platform.signIn(browser, ada);
});
afterEach(() => platform.close());

const accountOf = (email: string) => platform.accounts.get(email)?.id ?? '';
const passkeysOf = (email: string) => platform.store.passkeys.list(accountOf(email));

interface Item {
  readonly name: string;
  readonly rename: { readonly action: string; readonly fields: Readonly<Record<string, string>> };
  readonly remove: string;
}
const itemsOn = async (one: Browser = browser) =>
  ((await one.get(securityPage)).json['passkeys'] as { items: readonly Item[] }).items;

describe('adding a passkey', () => {
  it('asks for one that knows its user and checks it (Web Authentication §5.4)', async () => {
    const first = await withPasskey(platform);
    const page = await browser.get(securityPage);
    const { asked } = askedBy(page);
    expect(asked).toMatchObject({
      rp: { id: 'as.example' },
      user: {
        id: Buffer.from(accountOf(ada)).toString('base64url'),
        name: ada,
        displayName: 'Ada Byron',
      },
      attestation: 'none',
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      excludeCredentials: [{ type: 'public-key', id: first.id }],
    });
    expect(page.headers['content-security-policy']).toContain("script-src 'self';");
  });

  it('stores it, says so, writes a mail and an audit event, and shows it', async () => {
    const { passkey, shown } = await addPasskey(browser, {
      aaguid: 'ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4',
    });
    expect(shown.json).toMatchObject({ page: 'security', passkeyAdded: 'Google Password Manager' });
    expect(await passkeysOf(ada)).toMatchObject([
      {
        id: passkey.id,
        name: 'Google Password Manager',
        isSyncable: true,
        isBackedUp: true,
        transports: ['internal', 'hybrid'],
      },
    ]);
    expect(await takeMails(platform)).toContainEqual({
      kind: 'passkey_added',
      passkey: 'Google Password Manager',
      network: '192.0.2.1',
    });
    expect(platform.events).toContainEqual(
      expect.objectContaining({
        type: 'passkey.added',
        accountId: accountOf(ada),
        passkeyId: passkey.id,
      }),
    );
  });

  it('is possible several times, each with another name', async () => {
    for (const flags of [0x1d, 0x1d, 0x05]) {
      await addPasskey(browser, { flags });
      platform.clock.advance(1);
    }
    expect((await itemsOn()).map(({ name }) => name)).toEqual([
      'Passkey',
      'Passkey 2',
      'Security key',
    ]);
  });

  it('needs a fresh sign-in, and returns after it', async () => {
    platform.clock.advance(601);
    const { json } = await browser.get(securityPage);
    const { add, signInAgain } = json['passkeys'] as { add?: unknown; signInAgain: string };
    expect(add).toBeUndefined();
    const page = await browser.get(signInAgain);
    const answer = await browser.post('/sign-in', {
      ...readForm(page),
      email: ada,
      password: 'correct horse',
    });
    expect(answer.location.pathname).toBe(securityPage);
    expect((await addPasskey(browser)).shown.json).toMatchObject({ passkeyAdded: 'Passkey' });
  });
});

describe('a passkey of the account', () => {
  it('is given another name', async () => {
    await addPasskey(browser);
    const [item] = await itemsOn();
    const { action = '', fields } = item?.rename ?? {};
    const answer = await browser.post(action, { ...fields, name: ' My phone ' });
    expect((await browser.get(answer.location.href)).json).toMatchObject({
      passkeyRenamed: 'My phone',
    });
    expect((await itemsOn()).map(({ name }) => name)).toEqual(['My phone']);
  });

  it('is removed after a question, with a mail and an audit event', async () => {
    const { passkey } = await addPasskey(browser);
    await takeMails(platform);
    const [item] = await itemsOn();
    const page = await browser.get(item?.remove ?? '');
    expect(page.json).toMatchObject({
      page: 'passkey-removal',
      name: 'Passkey',
      isLastWayIn: false,
    });
    const answer = await browser.post('/account/passkeys/remove', readForm(page));
    expect((await browser.get(answer.location.href)).json).toMatchObject({
      passkeyRemoved: 'Passkey',
    });
    expect(await passkeysOf(ada)).toEqual([]);
    expect(await takeMails(platform)).toEqual([
      { kind: 'passkey_removed', passkey: 'Passkey', network: '192.0.2.1' },
    ]);
    expect(platform.events).toContainEqual(
      expect.objectContaining({ type: 'passkey.removed', passkeyId: passkey.id }),
    );
    expect((await signInWith(platform.browser(), passkey)).status).toBe(401);
  });
});

describe('signing in with a passkey', () => {
  it('needs no name, and opens the account page', async () => {
    const passkey = await withPasskey(platform);
    const other = platform.browser();
    const page = await other.get('/sign-in');
    expect(askedBy(page).asked).toMatchObject({
      rpId: 'as.example',
      userVerification: 'required',
      allowCredentials: [],
    });
    const answer = await signInWith(other, passkey);
    expect(answer.location.pathname).toBe('/account');
    expect((await other.get('/account')).json).toMatchObject({ account: { email: ada } });
    const [stored] = await passkeysOf(ada);
    expect(stored?.lastUsedAt).toBe(platform.clock.nowSeconds());
    expect(platform.events).toContainEqual(
      expect.objectContaining({ type: 'sign_in.succeeded', accountId: accountOf(ada) }),
    );
  });

  it('is reported by mail if the browser is new to the account, and marks the browser', async () => {
    const passkey = await withPasskey(platform);
    await takeMails(platform);
    const other = platform.browser('198.51.100.7');
    await signInWith(other, passkey);
    expect(await takeMails(platform)).toMatchObject([
      { kind: 'new_browser', network: '198.51.100.7' },
    ]);
    await signInWith(other, passkey);
    expect(await takeMails(platform)).toEqual([]);
  });

  it('goes on with the request of an application', async () => {
    const passkey = await withPasskey(platform);
    const other = platform.browser();
    const { location } = await other.get(authorizeLink());
    const answer = await signInWith(other, passkey, {}, location.href);
    expect(answer.location.pathname).toBe('/consent');
    expect((await other.get(answer.location.href)).json).toMatchObject({
      page: 'consent',
      account: { email: ada },
    });
  });

  it('is stored as two factors: a synced key is swk, one on one device is hwk (RFC 8176)', async () => {
    for (const [flags, key] of [
      [0x1d, 'swk'],
      [0x05, 'hwk'],
    ] as const) {
      const passkey = await withPasskey(platform, { flags }, grace);
      const other = platform.browser();
      const { location } = await other.get(authorizeLink());
      await signInWith(other, passkey, { flags }, location.href);
      const code = await obtainCode(platform, { acr_values: 'urn:example:any' }, other);
      const { id_token: token } = tokensOf(await redeem(platform, code));
      expect(claimsOf(token)['amr']).toEqual([key, 'user', 'mfa']);
    }
  });

  it('starts a session with a new secret, and ends the former one (session fixation)', async () => {
    const passkey = await withPasskey(platform);
    const former = new Map(browser.cookies);
    await signInWith(browser, passkey);
    const name = [...former.keys()].find((one) => one.endsWith('session')) ?? '';
    expect(browser.cookies.get(name)).not.toBe(former.get(name));
    const thief = platform.browser();
    for (const [key, value] of former) thief.cookies.set(key, value);
    expect(await isSignedIn(thief)).toBe(false);
    expect(await isSignedIn(browser)).toBe(true);
  });

  it('counts up with an authenticator that counts', async () => {
    const passkey = await withPasskey(platform, { counter: 3 });
    for (const _ of [1, 2])
      expect((await signInWith(platform.browser(), passkey)).status).toBe(303);
    expect(await passkeysOf(ada)).toMatchObject([{ counter: 5 }]);
  });
});

describe('a server without passkeys', () => {
  it('asks for none, serves no address for them, and allows no script', async () => {
    const without = await createSunrise();
    const page = await without.browser().get('/sign-in');
    expect(page.json).not.toHaveProperty('passkey');
    expect(page.headers['content-security-policy']).not.toContain('script-src');
    expect((await without.browser().post('/sign-in/passkey', {})).status).toBe(404);
    const signedIn = without.browser();
    await without.signIn(signedIn, ada);
    expect((await signedIn.get(securityPage)).json).not.toHaveProperty('passkeys');
    await without.close();
  });
});

it('a passkey that was made for another account of this browser signs in to that account', async () => {
  const other = platform.browser();
  await platform.signIn(other, grace);
  const { asked, form } = askedBy(await other.get(securityPage));
  const passkey = createPasskey(origin, asked);
  await other.post(form.action, { ...form.fields, passkey: passkey.registration });
  await signInWith(browser, passkey);
  expect((await browser.get('/account')).json).toMatchObject({ account: { email: grace } });
});
