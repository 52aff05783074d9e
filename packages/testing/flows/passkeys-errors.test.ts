/** What is refused of passkeys: attacks, and answers that no browser gives. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAuthority } from '../../jwt/src/testing-parts/certificates.ts';
import { type Answer, type Browser, readForm, type TestPlatform } from '../src/index.ts';
import { createPasskey, type SoftwarePasskey, type Wrong } from './authenticator.ts';
import {
  addPasskey,
  askedBy,
  createWithPasskeys,
  isSignedIn,
  origin,
  securityPage,
  signInWith,
  withPasskey,
} from './passkey-setting.ts';
import { ada, grace } from './sunrise.ts';

/** Web Authentication §8.2.1. */
const attesting = {
  subject: [
    ['C', 'SE'],
    ['O', 'Keys AB'],
    ['OU', 'Authenticator Attestation'],
    ['CN', 'Keys AB 1'],
  ],
} as const;

let platform: TestPlatform;
let browser: Browser;
let passkey: SoftwarePasskey;
beforeEach(async () => {
  platform = await createWithPasskeys();
  passkey = await withPasskey(platform, { counter: 5 });
  browser = platform.browser();
});
afterEach(() => platform.close());

const accountOf = (email: string) => platform.accounts.get(email)?.id ?? '';
const lastRefusal = () =>
  platform.events.findLast(({ type }) => type === 'sign_in.refused') as
    | Readonly<Record<string, unknown>>
    | undefined;

function expectRefused(answer: Answer, reason: string): void {
  expect(answer.status).toBe(reason === 'passkey_expired' ? 400 : 401);
  expect(answer.json).toMatchObject({ page: 'sign-in', decision: expect.any(String) });
  expect(lastRefusal()).toMatchObject({ reason });
  expect([...browser.cookies.keys()].some((name) => name.endsWith('session'))).toBe(false);
}

describe('a sign-in with a passkey', () => {
  it.each<[string, Wrong, string]>([
    ['from the page of another origin', { origin: 'https://as.example.evil.example' }, 'signature'],
    ['from another port', { origin: 'https://as.example:8443' }, 'signature'],
    ['over http', { origin: 'http://as.example' }, 'signature'],
    ['for another relying party', { rpId: 'evil.example' }, 'signature'],
    ['for a parent domain', { rpId: 'example' }, 'signature'],
    [
      'of a challenge of its own',
      { challenge: Buffer.from('mine').toString('base64url') },
      'challenge',
    ],
    ['as the answer to a registration', { type: 'webauthn.create' }, 'signature'],
    ['in a frame of another site', { crossOrigin: true }, 'malformed'],
    ['without checking the user', { flags: 0x19 }, 'signature'],
    ['without the user being there', { flags: 0x1c }, 'signature'],
    ['with a counter that went back', { counter: 4 }, 'counter'],
    ['with the same counter again', { counter: 5 }, 'counter'],
    ['with a counter of zero after others', { counter: 0 }, 'counter'],
    [
      'for another account',
      { userHandle: Buffer.from('usr_other').toString('base64url') },
      'user handle',
    ],
    ['with the signature of something else', { signature: 'MEUCIQDx' }, 'signature'],
  ])('is refused %s', async (_, wrong, note) => {
    expectRefused(await signInWith(browser, passkey, wrong), 'passkey_refused');
    expect(lastRefusal()).toMatchObject({ note });
    expect((await platform.store.passkeys.list(accountOf(ada)))[0]?.counter).toBe(5);
  });

  it('is refused with the same answer for an unknown passkey and one of a disabled account', async () => {
    const asked = askedBy(await browser.get('/sign-in'));
    const unknown = createPasskey(origin, { ...asked.asked, user: { id: 'dXNy' } });
    const ofNobody = await signInWith(browser, unknown);
    expectRefused(ofNobody, 'passkey_refused');
    await platform.store.accounts.disable(accountOf(ada), platform.clock.nowSeconds());
    const ofDisabled = await signInWith(browser, passkey);
    expectRefused(ofDisabled, 'passkey_refused');
    const wrong = await signInWith(browser, passkey, { signature: 'MEUCIQDx' });
    const said = [ofNobody, ofDisabled, wrong].map(({ status, json }) => [status, json['error']]);
    expect(new Set(said.map(String)).size).toBe(1);
  });

  it('verifies a signature also for an unknown passkey, so that the answer takes as long', async () => {
    const verified: string[] = [];
    const counting = await createWithPasskeys({
      ports: () => ({
        passkeys: {
          attestation: 'none',
          verifyRegistration: async () => undefined,
          verifyAssertion: async (_, { id }) => {
            verified.push(id);
            return undefined;
          },
        },
      }),
    });
    const unknown = createPasskey(origin, { challenge: 'x', user: { id: 'dXNy' } });
    await signInWith(counting.browser(), unknown);
    expect(verified).toEqual(['decoy']);
    await counting.close();
  });

  it('is refused the second time with one challenge, also in the same browser', async () => {
    const { asked, form } = askedBy(await browser.get('/sign-in'));
    const sent = { ...form.fields, passkey: passkey.assert(asked) };
    expect((await browser.post(form.action, sent)).status).toBe(303);
    await browser.post('/sign-out', readSignOut(await browser.get('/account')));
    const again = await browser.post(form.action, {
      ...sent,
      passkey: passkey.assert(asked, { counter: 20 }),
    });
    expectRefused(again, 'passkey_expired');
  });

  it('succeeds once of fifty times at once with one challenge', async () => {
    const uncounted = await withPasskey(platform, {}, grace);
    const { asked, form } = askedBy(await browser.get('/sign-in'));
    const sent = { ...form.fields, passkey: uncounted.assert(asked) };
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => {
        const copy = platform.browser();
        for (const [name, value] of browser.cookies) copy.cookies.set(name, value);
        return copy.post(form.action, sent);
      }),
    );
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(49);
  });

  it('is refused with the challenge of another browser', async () => {
    const { asked } = askedBy(await browser.get('/sign-in'));
    const victim = platform.browser();
    const { form } = askedBy(await victim.get('/sign-in'));
    const answer = await victim.post(form.action, {
      ...form.fields,
      passkey: passkey.assert(asked),
    });
    expect(answer.status).toBe(401);
    expect(lastRefusal()).toMatchObject({ reason: 'passkey_refused', note: 'challenge' });
  });

  it('is refused with the challenge of a registration', async () => {
    const signedIn = platform.browser();
    await platform.signIn(signedIn, ada);
    const { asked } = askedBy(await signedIn.get(securityPage));
    const { form } = askedBy(await signedIn.get('/sign-in'));
    const answer = await signedIn.post(form.action, {
      ...form.fields,
      passkey: passkey.assert({ ...asked, rpId: 'as.example' }),
    });
    expect(answer.status).toBe(401);
  });

  it('is refused after ten minutes', async () => {
    const { asked, form } = askedBy(await browser.get('/sign-in'));
    const sent = { ...form.fields, passkey: passkey.assert(asked) };
    platform.clock.advance(600);
    expectRefused(await browser.post(form.action, sent), 'passkey_expired');
  });

  it('is refused when the form comes from another site', async () => {
    const { asked, form } = askedBy(await browser.get('/sign-in'));
    const sent = { ...form.fields, passkey: passkey.assert(asked) };
    for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }])
      expect((await browser.post(form.action, sent, headers)).reason).toBe('form_foreign');
    expect((await browser.post(form.action, { ...sent, csrf: '' })).reason).toBe('form_foreign');
  });

  it.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['a list', '[]'],
    ['no response', '{"id":"aaaaaaaaaaaaaaaaaaaaaa","rawId":"aaaaaaaaaaaaaaaaaaaaaa"}'],
    ['very much', JSON.stringify({ id: 'a'.repeat(40_000) })],
    [
      'client data that is no object',
      JSON.stringify({
        id: 'a'.repeat(22),
        rawId: 'a'.repeat(22),
        response: { clientDataJSON: 'W10' },
      }),
    ],
    [
      'client data without a challenge',
      JSON.stringify({
        id: 'a'.repeat(22),
        rawId: 'a'.repeat(22),
        response: { clientDataJSON: 'e30' },
      }),
    ],
  ])('is refused with %s', async (_, sent) => {
    const { form } = askedBy(await browser.get('/sign-in'));
    const answer = await browser.post(form.action, { ...form.fields, passkey: sent });
    expectRefused(answer, 'passkey_refused');
  });

  it('tells the audit of a counter that went back', async () => {
    await signInWith(browser, passkey, { counter: 2 });
    expect(platform.events).toContainEqual(
      expect.objectContaining({
        type: 'passkey.copied',
        accountId: accountOf(ada),
        passkeyId: passkey.id,
      }),
    );
  });

  it('stores nothing for an unverified answer', async () => {
    const pruned = () => platform.store.prune(platform.clock.nowSeconds() + 1_000_000, 100);
    await pruned();
    for (const wrong of [{ signature: 'MEUCIQDx' }, { origin: 'https://evil.example' }])
      await signInWith(browser, passkey, wrong);
    expect(await pruned()).toBe(0);
  });
});

describe('a passkey is not added', () => {
  let signedIn: Browser;
  beforeEach(async () => {
    signedIn = platform.browser();
    await platform.signIn(signedIn, grace);
  });
  const kept = () => platform.store.passkeys.list(accountOf(grace));

  it.each<[string, Wrong]>([
    ['from another origin', { origin: 'https://evil.example' }],
    ['for another relying party', { rpId: 'evil.example' }],
    ['without checking the user', { flags: 0x19 }],
    ['as the answer to a sign-in', { type: 'webauthn.get' }],
    ['in a frame of another site', { crossOrigin: true }],
    ['with a challenge of its own', { challenge: 'bWluZQ' }],
    ['under another id than it has', { id: 'b3RoZXJvdGhlcm90aGVyb3RoZXI' }],
  ])('when it is made %s', async (_, wrong) => {
    const { shown } = await addPasskey(signedIn, wrong);
    expect(shown.json).toMatchObject({
      page: 'security',
      error: 'This passkey cannot be added.',
      decision: expect.any(String),
    });
    expect(await kept()).toEqual([]);
  });

  it.each(['packed', 'apple', 'android-key', 'android-safetynet', 'tpm', 'fido-u2f'])(
    'with certificates of the format %s, and no address in them is asked',
    async (format) => {
      const fetching = vi.spyOn(globalThis, 'fetch');
      const certificates = [createAuthority('Evil').issue(attesting)];
      await addPasskey(signedIn, { attestation: { format, certificates } });
      expect(await kept()).toEqual([]);
      expect(fetching).not.toHaveBeenCalled();
      fetching.mockRestore();
    },
  );

  it('unless its own key attests it', async () => {
    await addPasskey(signedIn, { attestation: { format: 'packed' } });
    expect(await kept()).toHaveLength(1);
  });

  it('twice with one challenge', async () => {
    const { asked, form } = askedBy(await signedIn.get(securityPage));
    for (const _ of [1, 2])
      await signedIn.post(form.action, {
        ...form.fields,
        passkey: createPasskey(origin, asked).registration,
      });
    expect(await kept()).toHaveLength(1);
  });

  it('with the challenge of another session of the same browser', async () => {
    const { asked } = askedBy(await signedIn.get(securityPage));
    await platform.signIn(signedIn, grace);
    const { form } = askedBy(await signedIn.get(securityPage));
    await signedIn.post(form.action, {
      ...form.fields,
      passkey: createPasskey(origin, asked).registration,
    });
    expect(await kept()).toEqual([]);
  });

  it('when it belongs to another account', async () => {
    const { asked, form } = askedBy(await signedIn.get(securityPage));
    const made = createPasskey(origin, asked);
    await signedIn.post(form.action, { ...form.fields, passkey: made.registration });
    const other = platform.browser();
    await platform.signIn(other, ada);
    const { asked: second, form: fields } = askedBy(await other.get(securityPage));
    const again = JSON.parse(made.registration);
    again.response.clientDataJSON = Buffer.from(
      JSON.stringify({ type: 'webauthn.create', challenge: second.challenge, origin }),
    ).toString('base64url');
    await other.post(fields.action, { ...fields.fields, passkey: JSON.stringify(again) });
    expect(await platform.store.passkeys.load(made.id)).toMatchObject({
      account: { id: accountOf(grace) },
    });
  });

  it('when the account has twenty', async () => {
    for (let count = 0; count < 20; count += 1) await addPasskey(signedIn);
    const { passkeys } = (await signedIn.get(securityPage)).json as {
      passkeys: Readonly<Record<string, unknown>>;
    };
    expect(passkeys).not.toHaveProperty('add');
    expect(passkeys).toMatchObject({ most: 20 });
  });

  it('without a sign-in', async () => {
    const stranger = platform.browser();
    const answer = await stranger.post('/account/passkeys', { passkey: 'x' });
    expect(answer.location.pathname).toBe('/sign-in');
    expect((await stranger.get(securityPage)).location.pathname).toBe('/sign-in');
  });

  it('by a form of another site', async () => {
    const { asked, form } = askedBy(await signedIn.get(securityPage));
    const sent = { ...form.fields, passkey: createPasskey(origin, asked).registration };
    const answer = await signedIn.post(form.action, sent, { origin: 'https://evil.example' });
    expect(answer.reason).toBe('form_foreign');
    expect(await kept()).toEqual([]);
  });
});

describe('a passkey of another account', () => {
  it('is neither named nor removed', async () => {
    const thief = platform.browser();
    await platform.signIn(thief, grace);
    await addPasskey(thief);
    const { items } = (await thief.get(securityPage)).json['passkeys'] as {
      items: readonly { rename: { action: string; fields: Readonly<Record<string, string>> } }[];
    };
    const { action = '', fields } = items[0]?.rename ?? {};
    await thief.post(action, { ...fields, id: passkey.id, name: 'Mine' });
    const removal = await thief.get(`/account/passkeys/remove?id=${passkey.id}`);
    expect(removal.location.pathname).toBe(securityPage);
    expect(await platform.store.passkeys.list(accountOf(ada))).toMatchObject([
      { id: passkey.id, name: 'Passkey' },
    ]);
  });
});

describe('removing a passkey', () => {
  it('needs a fresh sign-in, and returns after it', async () => {
    await platform.signIn(browser, ada);
    platform.clock.advance(601);
    const page = await browser.get(`/account/passkeys/remove?id=${passkey.id}`);
    expect(page.location.pathname).toBe('/sign-in');
    expect(await isSignedIn(browser)).toBe(true);
  });

  it('refuses the form of the page of another passkey', async () => {
    await platform.signIn(browser, ada);
    const { passkey: other } = await addPasskey(browser);
    const page = await browser.get(`/account/passkeys/remove?id=${other.id}`);
    const answer = await browser.post('/account/passkeys/remove', {
      ...readForm(page),
      id: passkey.id,
    });
    expect(answer.reason).toBe('form_foreign');
  });
});

describe('a name of a passkey', () => {
  it.each(['', ' ', 'a\u202eb', 'x'.repeat(101)])('is not %j', async (name) => {
    await platform.signIn(browser, ada);
    const { items } = (await browser.get(securityPage)).json['passkeys'] as {
      items: readonly { rename: { action: string; fields: Readonly<Record<string, string>> } }[];
    };
    const { action = '', fields } = items[0]?.rename ?? {};
    const answer = await browser.post(action, { ...fields, name });
    expect((await browser.get(answer.location.href)).json).toMatchObject({
      error: expect.stringContaining('The name must'),
    });
  });
});

function readSignOut(page: Answer): Readonly<Record<string, string>> {
  return (page.json['signOut'] as { fields: Readonly<Record<string, string>> }).fields;
}
