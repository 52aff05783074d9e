import type { Session, SessionTerms, Store } from '@keywright/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Browser, TestPlatform } from '../src/index.ts';
import { createGuardedApi } from './guarded-api.ts';
import {
  buildings,
  buildingsApi,
  claimsOf,
  createOpenIdPlatform,
  follow,
  signInTo,
  tokensOf,
  web,
} from './openid-setting.ts';
import { refresh, type Words } from './sunrise.ts';

const password = 'urn:keywright:acr:password';
const twoFactor = 'urn:keywright:acr:two-factor';
const phishingResistant = 'urn:keywright:acr:phishing-resistant';

let platform: TestPlatform;
let browser: Browser;
beforeEach(async () => {
  platform = await createOpenIdPlatform();
  browser = platform.browser();
});
afterEach(() => platform.close());

describe('acr_values (OpenID Connect Core §3.1.2.1)', () => {
  it('are voluntary: the answer says which context was reached, whatever was preferred', async () => {
    for (const acr_values of [password, `urn:example:gold ${password}`, 'urn:example:gold']) {
      const { id_token, access_token } = await signInTo(platform, { acr_values }, browser);
      expect(claimsOf(id_token)).toMatchObject({ acr: password, amr: ['pwd'] });
      expect(claimsOf(access_token)).toMatchObject({
        acr: password,
        auth_time: expect.any(Number),
      });
    }
  });

  it('are stored with the family: a refreshed access token has the same acr (RFC 9470 §6.1)', async () => {
    const { refresh_token } = await signInTo(platform, { acr_values: password }, browser);
    const again = tokensOf(await refresh(platform, refresh_token));
    expect(claimsOf(again.access_token)).toMatchObject({ acr: password });
  });

  it('of the registration apply where the request has none (Dynamic Registration §2)', async () => {
    await platform.close();
    platform = await createOpenIdPlatform([
      { ...web, default_acr_values: [password] },
      buildingsApi,
    ]);
    expect(claimsOf((await signInTo(platform)).id_token)['acr']).toBe(password);
  });

  it('are the reason for acr in the token: without them it is absent', async () => {
    const { id_token, access_token } = await signInTo(platform, {}, browser);
    expect(claimsOf(id_token)).not.toHaveProperty('acr');
    expect(claimsOf(access_token)).not.toHaveProperty('acr');
  });

  it('can also be requested by the claim acr, essential or not (§5.5.1.1)', async () => {
    for (const wish of [
      null,
      { essential: true },
      { essential: true, values: ['urn:example:gold', password] },
    ]) {
      const claims = JSON.stringify({ id_token: { acr: wish } });
      expect(claimsOf((await signInTo(platform, { claims }, browser)).id_token)['acr']).toBe(
        password,
      );
    }
  });

  it('are in the metadata, with the name that the operator chose', async () => {
    await platform.close();
    platform = await createOpenIdPlatform(undefined, { passwordAcr: 'urn:sunrise:loa:1' });
    const metadata = (await platform.get('/.well-known/openid-configuration')).json;
    expect(metadata['acr_values_supported']).toEqual(['urn:sunrise:loa:1']);
    const { id_token } = await signInTo(platform, { acr_values: 'urn:sunrise:loa:1' });
    expect(claimsOf(id_token)['acr']).toBe('urn:sunrise:loa:1');
  });
});

describe('the rules about the age of a sign-in (Dynamic Registration §2):', () => {
  it('default_max_age applies where the request has no max_age, which overrides it', async () => {
    await platform.close();
    platform = await createOpenIdPlatform([
      { ...web, default_max_age: 100, require_auth_time: true },
    ]);
    browser = platform.browser();
    await signInTo(platform, {}, browser);
    platform.clock.advance(101);
    expect((await follow(browser, {})).pathname).toBe('/sign-in');
    expect((await follow(browser, { max_age: '200' })).searchParams.get('code')).toBeTruthy();
  });

  it('auth_time is in each ID token, requested or not, and is the time of the sign-in (OpenID Connect Core §2)', async () => {
    const signedInAt = platform.clock.nowSeconds();
    await signInTo(platform, {}, browser);
    platform.clock.advance(50);
    expect(claimsOf((await signInTo(platform, {}, browser)).id_token)['auth_time']).toBe(
      signedInAt,
    );
    const { id_token } = await signInTo(platform, { max_age: '10' }, browser);
    expect(claimsOf(id_token)['auth_time']).toBe(signedInAt + 50);
  });

  it('prompt=select_account lets another user sign in', async () => {
    await signInTo(platform, {}, browser);
    expect((await follow(browser, { prompt: 'select_account' })).pathname).toBe('/sign-in');
  });
});

describe('step-up at an API behind the guard (RFC 9470)', () => {
  async function callApi(
    rule: { acr?: readonly string[]; maxAgeSeconds?: number },
    accessToken: string,
  ) {
    const { guard } = createGuardedApi(platform);
    const call = guard.fetch({ scope: 'buildings:read', ...rule }, () => new Response('done'));
    const request = new Request(`${buildings}/buildings`, {
      headers: { authorization: `Bearer ${accessToken}` },
    });
    return call(request, { remoteAddress: '192.0.2.7' });
  }

  /** The parameters of the challenge are used in a new authorization request unchanged (§4). */
  function wordsOf(response: Response): Words {
    const challenge = response.headers.get('www-authenticate') ?? '';
    const parameter = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1];
    return { acr_values: parameter('acr_values'), max_age: parameter('max_age') };
  }

  it('needs, after the challenge, a new sign-in by max_age, and then gets an answer', async () => {
    const rule = { maxAgeSeconds: 60 };
    const { access_token } = await signInTo(platform, {}, browser);
    expect((await callApi(rule, access_token)).status).toBe(200);
    platform.clock.advance(61);
    const refused = await callApi(rule, access_token);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toContain(
      'error="insufficient_user_authentication"',
    );
    const words = wordsOf(refused);
    expect(words['max_age']).toBe('60');
    expect((await follow(browser, words)).pathname).toBe('/sign-in');
    const fresh = await signInTo(platform, words, browser);
    expect((await callApi(rule, fresh.access_token)).status).toBe(200);
  });

  it('gets, after the challenge, a token that has the context, by acr_values', async () => {
    const rule = { acr: [password] };
    const { access_token } = await signInTo(platform, {}, browser);
    const refused = await callApi(rule, access_token);
    expect(refused.status).toBe(401);
    expect(wordsOf(refused)['acr_values']).toBe(password);
    const stepped = await signInTo(platform, wordsOf(refused), browser);
    expect((await callApi(rule, stepped.access_token)).status).toBe(200);
  });

  it('shows acr and auth_time at introspection, too (§6.2)', async () => {
    const { access_token } = await signInTo(platform, { acr_values: password }, browser);
    const { json } = await platform.post('/introspect', { token: access_token }, 'buildings-api');
    expect(json).toMatchObject({
      active: true,
      acr: password,
      auth_time: platform.clock.nowSeconds(),
    });
  });
});

describe('how the user was authenticated (RFC 8176)', () => {
  /** Changes every session of the platform as if it had been started with these methods. */
  async function signedInBy(terms: SessionTerms | undefined): Promise<void> {
    await platform.close();
    platform = await createOpenIdPlatform(undefined, {
      ports: ({ store }) => ({ store: withSessions(store, terms) }),
    });
    browser = platform.browser();
  }

  it('is stored with the session: the password', async () => {
    const started: Session[] = [];
    await platform.close();
    platform = await createOpenIdPlatform(undefined, {
      ports: ({ store }) => ({
        store: {
          ...store,
          sessions: {
            ...store.sessions,
            start: (session, ...rest) => {
              started.push(session);
              return store.sessions.start(session, ...rest);
            },
          },
        },
      }),
    });
    await signInTo(platform);
    expect(started.map(({ terms }) => terms)).toEqual([{ amr: ['pwd'] }]);
  });

  it('is the password for a session that an earlier release stored', async () => {
    await signedInBy(undefined);
    const plain = await signInTo(platform, {}, browser);
    expect(claimsOf(plain.id_token)).toMatchObject({ amr: ['pwd'] });
    expect(claimsOf(plain.access_token)).not.toHaveProperty('amr');
    const { id_token } = await signInTo(platform, { acr_values: password }, browser);
    expect(claimsOf(id_token)).toMatchObject({ acr: password, amr: ['pwd'] });
  });

  it.each([
    [['pwd', 'otp', 'mfa'], twoFactor],
    [['hwk', 'mfa'], phishingResistant],
    [['pwd', 'swk', 'mfa'], phishingResistant],
  ])('%j is in each token, at introspection, and after a refresh', async (amr, acr) => {
    await signedInBy({ amr });
    const tokens = await signInTo(platform, {}, browser);
    const again = tokensOf(await refresh(platform, tokens.refresh_token));
    for (const token of [tokens.id_token, tokens.access_token, again.id_token, again.access_token])
      expect(claimsOf(token)).toMatchObject({ acr, amr });
    const asked = await platform.post(
      '/introspect',
      { token: again.access_token },
      'buildings-api',
    );
    expect(asked.json).toMatchObject({ active: true, acr, amr });
  });

  it('meets each weaker request, and the answer has the requested name (§5.5.1.1)', async () => {
    await signedInBy({ amr: ['hwk', 'mfa'] });
    await signInTo(platform, {}, browser);
    for (const acr of [password, twoFactor, phishingResistant]) {
      const back = await follow(browser, { acr_values: acr });
      expect(back.pathname).toBe('/callback');
      const { id_token } = await signInTo(platform, { acr_values: acr }, browser);
      expect(claimsOf(id_token)).toMatchObject({ acr, amr: ['hwk', 'mfa'] });
    }
    const both = { acr_values: `urn:example:gold ${twoFactor} ${password}` };
    expect(claimsOf((await signInTo(platform, both, browser)).id_token)['acr']).toBe(twoFactor);
  });
});

function withSessions(store: Store, terms: SessionTerms | undefined): Store {
  const load: Store['sessions']['load'] = async (...asked) => {
    const signedIn = await store.sessions.load(...asked);
    if (signedIn === undefined) return undefined;
    const { terms: _, ...session } = signedIn.session;
    return { ...signedIn, session: { ...session, ...(terms === undefined ? {} : { terms }) } };
  };
  return { ...store, sessions: { ...store.sessions, load } };
}
