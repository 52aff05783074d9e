import { registerClient } from '@keywright/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, readForm, type TestPlatform } from '../src/index.ts';
import { createWithDetails, detailClients } from './details-setting.ts';
import { createKey, postAs } from './proofs.ts';
import { ada, challenge, redeem, verifier, type Words } from './sunrise.ts';

let platform: TestPlatform;
beforeEach(async () => {
  const native = { kind: 'native', trust: 'first-party', scope: 'openid buildings:read' } as const;
  platform = await createWithDetails({
    features: { challengeEndpoint: true, grantManagement: true },
    clients: [
      ...detailClients,
      {
        ...native,
        client_id: 'pocket',
        client_name: 'P',
        redirect_uris: ['com.sunrise.p:/'],
        first_party_challenge: true,
      },
      {
        ...native,
        client_id: 'other',
        client_name: 'O',
        redirect_uris: ['com.sunrise.o:/'],
        first_party_challenge: true,
      },
      {
        ...native,
        client_id: 'not-switched-on',
        client_name: 'N',
        redirect_uris: ['com.sunrise.n:/'],
      },
    ],
  });
});
afterEach(() => platform.close());

const typed = { username: ada, password: 'correct horse' };
const start = {
  client_id: 'pocket',
  scope: 'openid',
  code_challenge: challenge,
  code_challenge_method: 'S256',
};

function ask(words: Words): Promise<Answer> {
  const present = Object.entries(words).filter(([, value]) => value !== undefined);
  return platform.post(
    '/authorize-challenge',
    Object.fromEntries(present) as Record<string, string>,
  );
}

describe('the challenge endpoint refuses (§1.1)', () => {
  it.each(['native', 'spa', 'not-switched-on'])(
    'the client %s, before a password is checked',
    async (id) => {
      const { status, json } = await ask({ ...start, ...typed, client_id: id });
      expect([status, json['error']]).toEqual([400, 'unauthorized_client']);
      expect(platform.events.map(({ type }) => type)).not.toContain('password.wrong');
    },
  );

  it.each([{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }])(
    'a page in a browser, with any client: %j',
    async (headers) => {
      const answer = await platform
        .browser()
        .post('/authorize-challenge', { ...start, ...typed }, headers);
      expect([answer.status, answer.json['error']]).toEqual([400, 'unauthorized_client']);
    },
  );

  it('a first-party client that does not authenticate, with 401', async () => {
    expect((await ask({ ...start, client_id: 'portal' })).status).toBe(401);
  });

  it.each([
    ['third-party', 'native'],
    ['unverified', 'native'],
    ['first-party', 'browser'],
    ['first-party', 'service'],
  ])('%s %s clients, for which the grant type cannot be switched on', (trust, kind) => {
    const redirect = kind === 'service' ? [] : ['https://x.example/'];
    const client = {
      kind,
      trust,
      client_name: 'X',
      redirect_uris: redirect,
      first_party_challenge: true,
    };
    const context = {
      now: 0,
      random: { bytes: (length: number) => new Uint8Array(length) },
      apis: [],
      origin: 'config',
    };
    expect(() => registerClient(client, context as Parameters<typeof registerClient>[1])).toThrow(
      'first_party_challenge: is open to first-party native and web clients alone',
    );
  });
});

describe('the challenge endpoint refuses a request with', () => {
  it.each<[string, Words, string]>([
    ['no PKCE', { ...start, code_challenge: undefined }, 'code_challenge_missing'],
    ['another response type', { ...start, response_type: 'token' }, 'client_not_permitted'],
    ['a scope beyond the client’s', { ...start, scope: 'invoices:read' }, 'scope_invalid'],
    [
      'a redirect URI of somebody else',
      { ...start, redirect_uri: 'com.thief:/' },
      'redirect_uri_mismatch',
    ],
    [
      'an auth_session that was not sealed here',
      { client_id: 'pocket', auth_session: 'x' },
      'challenge_session_invalid',
    ],
  ])('%s', async (_, words, reason) => {
    const answer = await ask(words);
    expect([answer.status, answer.reason]).toEqual([400, reason]);
  });

  it('a redirect URI that is not registered, and the log has it', async () => {
    await ask({ ...start, redirect_uri: 'com.thief:/?x=secret' });
    expect(platform.events.at(-1)).toMatchObject({ clientId: 'pocket', note: 'came: com.thief:/' });
  });

  it('parameters in its address, before the body is read', async () => {
    const answer = await platform.browser().post('/authorize-challenge?client_id=pocket', start);
    expect(answer.reason).toBe('credentials_in_query');
  });

  it.each<[string, Words]>([
    ['asking the person anything', { prompt: 'consent' }],
    ['choosing an account', { prompt: 'login select_account' }],
  ])(
    '%s with redirect_to_web, because it needs the browser (§5.2.2.1), and the password is not checked',
    async (_, words) => {
      const { status, json } = await ask({ ...start, ...typed, ...words, password: 'wrong' });
      expect([status, json['error']]).toEqual([400, 'redirect_to_web']);
      expect(platform.events.map(({ type }) => type)).not.toContain('password.wrong');
    },
  );
});

describe('a challenge that continues in the browser (§5.2.2.1)', () => {
  it('takes a reference to the request and the redirect URI along, and no password is stored', async () => {
    const words = { ...typed, prompt: 'consent', redirect_uri: 'com.sunrise.p:/', state: 's' };
    const { json } = await ask({ ...start, ...words });
    expect(json).toMatchObject({ error: 'redirect_to_web', expires_in: 60 });
    const query = new URLSearchParams({
      client_id: 'pocket',
      request_uri: String(json['request_uri']),
    });
    const browser = platform.browser();
    const { location } = await browser.get(`/authorize?${query}`);
    expect(location.pathname).toBe('/sign-in');
    const signedIn = await platform.signIn(browser, ada, location);
    expect((await browser.get(signedIn.location.href)).json['page']).toBe('consent');
  });

  it('makes the application start again there when it named no redirect URI', async () => {
    const { json } = await ask({ ...start, prompt: 'consent' });
    expect(json).not.toHaveProperty('request_uri');
  });
});

describe('an auth_session', () => {
  async function begun(words: Words = {}): Promise<string> {
    return String((await ask({ ...start, ...words })).json['auth_session']);
  }

  it('belongs to one client: another one cannot use it (§5.3.1)', async () => {
    const { json } = await ask({ client_id: 'other', ...typed, auth_session: await begun() });
    expect(json['error']).toBe('invalid_session');
  });

  it('ends ten minutes after its first step, whatever steps came since', async () => {
    const first = await begun();
    platform.clock.advance(599);
    const second = await ask({ client_id: 'pocket', username: ada, auth_session: first });
    platform.clock.advance(1);
    const late = await ask({
      client_id: 'pocket',
      password: typed.password,
      auth_session: String(second.json['auth_session']),
    });
    expect(late.json['error']).toBe('invalid_session');
  });

  it('gives one code, however often and however many times at once it is used', async () => {
    const auth_session = await begun();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => ask({ client_id: 'pocket', ...typed, auth_session })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('is invalid_session after it gave a code', async () => {
    const auth_session = await begun();
    await ask({ client_id: 'pocket', ...typed, auth_session });
    const { status, json } = await ask({ client_id: 'pocket', ...typed, auth_session });
    expect([status, json['error']]).toEqual([400, 'invalid_session']);
    expect(json).not.toHaveProperty('auth_session');
  });

  it('keeps the values of the first step: no later step changes challenge or scope', async () => {
    const auth_session = await begun();
    const thief = 'a'.repeat(43);
    const { json } = await ask({
      client_id: 'pocket',
      ...typed,
      auth_session,
      code_challenge: thief,
      scope: 'openid buildings:read',
    });
    const answer = await redeem(
      platform,
      String(json['authorization_code']),
      { redirect_uri: undefined },
      'pocket',
    );
    expect(answer.json['scope']).toBe('openid');
  });

  it('contains no password, and its holder cannot read it', async () => {
    const sealed = await begun({ username: ada });
    expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain(ada);
  });
});

describe('a challenge with DPoP (§9.4.1, §9.5.1):', () => {
  const form = (words: Words) => ({ ...start, ...words }) as Record<string, string>;
  const at = () => ({ url: `${platform.issuer}/authorize-challenge` });

  it('auth_session and code are bound to the key of the first step', async () => {
    const [key, thief] = [createKey(), createKey()];
    const path = '/authorize-challenge';
    const first = await postAs(platform, path, form({}), 'pocket', {
      dpop: key.proof(platform, at()),
    });
    const auth_session = String(first.json['auth_session']);
    const words = form({ ...typed, auth_session });
    for (const headers of [{}, { dpop: thief.proof(platform, at()) }]) {
      const refused = await postAs(platform, path, words, 'pocket', headers);
      expect(refused.json['error']).toBe('invalid_session');
    }
    const { json } = await postAs(platform, path, words, 'pocket', {
      dpop: key.proof(platform, at()),
    });
    const code = String(json['authorization_code']);
    const redeeming = { grant_type: 'authorization_code', code, code_verifier: verifier };
    const stolen = await postAs(platform, '/token', redeeming, 'pocket', {
      dpop: thief.proof(platform),
    });
    expect(stolen.status).toBe(400);
    const tokens = await postAs(platform, '/token', redeeming, 'pocket', {
      dpop: key.proof(platform),
    });
    expect(tokens.json['token_type']).toBe('DPoP');
  });

  it('a request that continues in the browser stays bound to the key that was proven', async () => {
    const key = createKey();
    const redirect_uri = 'com.sunrise.p:/';
    const words = form({ prompt: 'consent', redirect_uri });
    const path = '/authorize-challenge';
    const { json } = await postAs(platform, path, words, 'pocket', {
      dpop: key.proof(platform, at()),
    });
    const query = new URLSearchParams({
      client_id: 'pocket',
      request_uri: String(json['request_uri']),
    });
    const browser = platform.browser();
    const signedIn = await platform.signIn(
      browser,
      ada,
      (await browser.get(`/authorize?${query}`)).location,
    );
    const page = await browser.get(signedIn.location.href);
    const { location } = await browser.post('/consent', { ...readForm(page), decision: 'allow' });
    const code = location.searchParams.get('code') ?? '';
    const redeeming = {
      grant_type: 'authorization_code',
      code,
      code_verifier: verifier,
      redirect_uri,
    };
    for (const [proof, status] of [
      [createKey().proof(platform), 400],
      [key.proof(platform), 200],
    ] as const)
      expect((await postAs(platform, '/token', redeeming, 'pocket', { dpop: proof })).status).toBe(
        status,
      );
  });

  it('a session that began without a key cannot be taken over with one', async () => {
    const key = createKey();
    const auth_session = String((await ask(start)).json['auth_session']);
    const words = form({ ...typed, auth_session });
    const answer = await postAs(platform, '/authorize-challenge', words, 'pocket', {
      dpop: key.proof(platform, at()),
    });
    expect(answer.json['error']).toBe('invalid_session');
  });
});

describe('guessing passwords at the challenge endpoint', () => {
  it('is limited together with the sign-in page: 429 with Retry-After, for each client', async () => {
    for (let count = 0; count < 10; count += 1)
      await ask({ ...start, ...typed, password: 'wrong' });
    const { status, headers, json } = await ask({ ...start, ...typed });
    expect([status, json['error']]).toEqual([429, 'slow_down']);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    const browser = platform.browser('192.0.2.1');
    expect((await platform.signIn(browser, ada)).status).toBe(429);
    expect(platform.events.findLast(({ type }) => type === 'sign_in.refused')).toMatchObject({
      reason: 'throttled',
    });
  });

  it('gets the same answer for an existing and an unknown account', async () => {
    const known = await ask({ ...start, ...typed, password: 'wrong' });
    const unknown = await ask({ ...start, ...typed, username: 'nobody@example.com' });
    const { auth_session: _, error_uri: __, ...one } = known.json;
    const { auth_session: ___, error_uri: ____, ...other } = unknown.json;
    expect(known.reason).toBe(unknown.reason);
    expect(one).toEqual(other);
  });

  it('does not work for a disabled account, also with the right password', async () => {
    const id = platform.accounts.get(ada)?.id ?? '';
    await platform.store.accounts.disable(id, platform.clock.nowSeconds());
    expect((await ask({ ...start, ...typed })).reason).toBe('challenge_wrong');
  });
});
