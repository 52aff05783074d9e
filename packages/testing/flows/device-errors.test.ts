import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, readForm, type TestPlatform } from '../src/index.ts';
import {
  answerDevice,
  askAsDevice,
  connectDevice,
  createDeferred,
  pollAsDevice,
  signedIn,
  television,
  typeCode,
} from './deferred-setting.ts';
import { ada, billing, buildings, refresh, tokensOf } from './sunrise.ts';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createDeferred();
});
afterEach(() => platform.close());

const errorOf = ({ status, json }: Answer) => [status, json['error']];

describe('the device authorization endpoint', () => {
  it.each([
    ['a client that did not register the grant', 'heatlens', {}, 'unauthorized_client'],
    ['a service', 'collector', {}, 'unauthorized_client'],
    ['an unverified application', 'stranger', {}, 'unauthorized_client'],
    [
      'a scope beyond the client (B17)',
      'other-television',
      { scope: 'openid admin' },
      'invalid_scope',
    ],
    ['a malformed scope', television, { scope: 'a "b"' }, 'invalid_scope'],
    [
      'an API that is not there',
      television,
      { resource: 'https://nowhere.example' },
      'invalid_target',
    ],
    [
      'a scope of another API than the one named',
      television,
      { scope: 'buildings:read', resource: billing },
      'invalid_scope',
    ],
  ])('%s is refused', async (_, clientId, words, error) => {
    expect(errorOf(await platform.post('/device_authorization', words, clientId))).toEqual([
      400,
      error,
    ]);
  });

  it('names the grant type that a client may not use', async () => {
    const { json } = await platform.post('/device_authorization', {}, 'heatlens');
    expect(json['error_description']).toBe(
      'This client may not use grant_type=urn:ietf:params:oauth:grant-type:device_code.',
    );
  });

  it('authenticates the client as the token endpoint does (RFC 8628 §3.1)', async () => {
    for (const form of [
      {},
      { client_id: 'nobody' },
      { client_id: 'meter' },
      { client_id: 'meter', client_secret: 'x' },
    ])
      expect(errorOf(await platform.post('/device_authorization', form))).toEqual([
        401,
        'invalid_client',
      ]);
  });

  it('takes its parameters only in the body, each once', async () => {
    expect(
      errorOf(
        await platform.post('/device_authorization?client_id=television', { scope: 'openid' }),
      ),
    ).toEqual([400, 'invalid_request']);
    expect(
      errorOf(
        await platform.post(
          '/device_authorization',
          'client_id=television&scope=openid&scope=email',
        ),
      ),
    ).toEqual([400, 'invalid_request']);
  });

  it('is limited by network for a client without a secret, and another network is not affected', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => platform.post('/device_authorization', {}, television)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(60);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.headers['retry-after']).toBeTruthy();
    const elsewhere = await platform
      .browser('198.51.100.4')
      .post('/device_authorization', { client_id: television });
    expect(elsewhere.status).toBe(200);
  });
});

describe('polling for the tokens of a device', () => {
  it('gets access_denied after the user declined, and again after that', async () => {
    const { device_code, user_code } = await askAsDevice(platform);
    await answerDevice(await signedIn(platform), user_code, 'deny');
    for (let times = 0; times < 2; times += 1)
      expect(errorOf(await pollAsDevice(platform, device_code))).toEqual([400, 'access_denied']);
  });

  it('gets expired_token after ten minutes, whether or not the user allowed it', async () => {
    const [one, other] = [await askAsDevice(platform), await askAsDevice(platform)];
    await answerDevice(await signedIn(platform), other.user_code);
    platform.clock.advance(600);
    for (const { device_code } of [one, other])
      expect(errorOf(await pollAsDevice(platform, device_code))).toEqual([400, 'expired_token']);
  });

  it.each(['other-television', 'meter'])(
    'with the code of another client is invalid_grant to %s, and the code is neither spent nor counted (B1)',
    async (clientId) => {
      const { device_code, user_code } = await askAsDevice(platform);
      expect(errorOf(await pollAsDevice(platform, device_code, {}, clientId))).toEqual([
        400,
        'invalid_grant',
      ]);
      expect(errorOf(await pollAsDevice(platform, device_code))).toEqual([
        400,
        'authorization_pending',
      ]);
      await answerDevice(await signedIn(platform), user_code);
      expect(errorOf(await pollAsDevice(platform, device_code, {}, clientId))).toEqual([
        400,
        'invalid_grant',
      ]);
      expect((await pollAsDevice(platform, device_code)).status).toBe(200);
    },
  );

  it.each(['', 'x', 'rt_aaaaaaaaaaaaaaaaaaaaaa.x'.padEnd(70, 'a'), 'a'.repeat(60_000)])(
    'with something that is no device code is refused without an error: %#',
    async (code) => {
      const { status } = await pollAsDevice(platform, code);
      expect(status).toBe(400);
    },
  );

  it('with a user code is refused', async () => {
    const { user_code } = await askAsDevice(platform);
    expect(errorOf(await pollAsDevice(platform, user_code))).toEqual([400, 'invalid_grant']);
  });

  it('a second time after success is refused and ends the issued tokens, as for a code', async () => {
    const { asked, answer } = await connectDevice(platform);
    const { refresh_token } = tokensOf(answer);
    expect(errorOf(await pollAsDevice(platform, asked.device_code))).toEqual([
      400,
      'invalid_grant',
    ]);
    expect(errorOf(await refresh(platform, refresh_token, {}, television))).toEqual([
      400,
      'invalid_grant',
    ]);
    expect(platform.events.some(({ type }) => type === 'deferred.reused')).toBe(true);
  });

  it('a hundred times in parallel gives one success', async () => {
    const { device_code, user_code } = await askAsDevice(platform);
    await answerDevice(await signedIn(platform), user_code);
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => pollAsDevice(platform, device_code)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ json }) => json['error'] === 'invalid_grant')).toHaveLength(99);
  });

  it('with a refused resource spends nothing', async () => {
    const { device_code, user_code } = await askAsDevice(platform, {
      scope: 'openid buildings:read',
    });
    await answerDevice(await signedIn(platform), user_code);
    expect(errorOf(await pollAsDevice(platform, device_code, { resource: billing }))).toEqual([
      400,
      'invalid_target',
    ]);
    expect((await pollAsDevice(platform, device_code, { resource: buildings })).status).toBe(200);
  });

  it('gives nothing after the user withdrew the consent, or the user or client was disabled', async () => {
    const codes: string[] = [];
    for (let made = 0; made < 3; made += 1) {
      const asked = await askAsDevice(platform);
      await answerDevice(await signedIn(platform), asked.user_code);
      codes.push(asked.device_code);
    }
    const accountId = platform.accounts.get(ada)?.id ?? '';
    const grant = await platform.store.grants.load(accountId, television);
    await platform.store.grants.end(grant?.id ?? '', accountId, platform.clock.nowSeconds());
    expect(errorOf(await pollAsDevice(platform, codes[0] ?? ''))).toEqual([400, 'invalid_grant']);
    await platform.store.accounts.disable(accountId, platform.clock.nowSeconds());
    expect(errorOf(await pollAsDevice(platform, codes[1] ?? ''))).toEqual([400, 'invalid_grant']);
    await platform.store.clients.disable(television, platform.clock.nowSeconds());
    expect(errorOf(await pollAsDevice(platform, codes[2] ?? ''))).toEqual([401, 'invalid_client']);
  });

  it('on a server with a FAPI profile is refused for a public client and for a secret, as at other endpoints (B18)', async () => {
    const strict = await createDeferred({ profile: 'fapi-2' });
    for (const client of [television, 'meter'])
      expect(errorOf(await strict.post('/device_authorization', {}, client))).toEqual([
        401,
        'invalid_client',
      ]);
    await strict.close();
  });
});

describe('guessing user codes (RFC 8628 §5.1)', () => {
  const guess = (index: number) => {
    const letters = 'BCDFGHJKLMNPQRSTVWXZ';
    const code = Array.from(
      { length: 8 },
      (_, place) => letters[(index * 7 + place * (index + 3)) % 20],
    );
    return code.join('');
  };

  it('500 at once count as 10 for one account, and a right guess among the refused ones is not revealed', async () => {
    const browser = await signedIn(platform);
    const form = readForm(await browser.get('/device'));
    const answers = await Promise.all(
      Array.from({ length: 500 }, (_, index) =>
        browser.post('/device', { ...form, user_code: guess(index) }),
      ),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 400)).toHaveLength(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(490);
    const { user_code } = await askAsDevice(platform);
    const right = await browser.post('/device', { ...form, user_code });
    expect(right.status).toBe(429);
    expect(right.headers['retry-after']).toBe('60');
  });

  it('500 from one network count as 60, whatever number of accounts sends them', async () => {
    const people = Array.from({ length: 50 }, (_, index) => ({
      email: `p${index}@example.com`,
      password: 'correct horse',
      name: 'Somebody',
    }));
    const crowded = await createDeferred({ people });
    const browsers = people.map(() => crowded.browser('198.51.100.9'));
    // One after the other, because one network has only a part of the slots for password checks.
    for (const [index, { email }] of people.entries())
      await crowded.signIn(browsers[index] ?? crowded.browser(), email);
    const guesses = browsers.map(async (browser) => {
      const form = readForm(await browser.get('/device'));
      return Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          browser.post('/device', { ...form, user_code: guess(index) }),
        ),
      );
    });
    const statuses = (await Promise.all(guesses)).flat().map(({ status }) => status);
    expect(statuses.filter((status) => status === 400)).toHaveLength(60);
    await crowded.close();
  });

  it('is not counted for right codes: a user can connect any number of devices', async () => {
    const browser = await signedIn(platform);
    for (let times = 0; times < 30; times += 1) {
      const { user_code } = await askAsDevice(platform, {}, television);
      expect((await typeCode(browser, user_code)).status).toBe(303);
    }
  });

  it('is impossible without a session', async () => {
    const { user_code } = await askAsDevice(platform);
    const answer = await platform.browser().post('/device', { user_code });
    expect(answer.location.pathname).toBe('/sign-in');
  });

  it('gets the same answer for an unknown, an expired and an answered code', async () => {
    const browser = await signedIn(platform);
    const [answered, old] = [await askAsDevice(platform), await askAsDevice(platform)];
    await answerDevice(browser, answered.user_code, 'deny');
    const pages = [
      await typeCode(browser, 'BCDF-GHJK'),
      await typeCode(browser, answered.user_code),
    ];
    platform.clock.advance(600);
    pages.push(await typeCode(browser, old.user_code));
    expect(
      new Set(pages.map(({ status, json }) => `${status} ${String(json['error'])}`)).size,
    ).toBe(1);
  });
});

it('an ID token that cannot be encrypted as the client registered does not spend the device code', async () => {
  const asked = await askAsDevice(platform);
  await answerDevice(await signedIn(platform), asked.user_code);
  const client = await platform.store.clients.load(television);
  if (client === undefined) throw new Error('no client');
  const idTokenEncryption = { alg: 'RSA-OAEP-256', enc: 'A256GCM' };
  await platform.store.clients.save({
    ...client,
    settings: { ...client.settings, idTokenEncryption },
  });
  expect((await pollAsDevice(platform, asked.device_code)).reason).toBe('client_keys_unusable');
  await platform.store.clients.save(client);
  platform.clock.advance(10);
  expect((await pollAsDevice(platform, asked.device_code)).status).toBe(200);
});
