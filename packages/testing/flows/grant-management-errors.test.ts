import { registerClient } from '@keywright/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type Browser, readForm, type TestPlatform } from '../src/index.ts';
import { createWithDetails, detailClients, reachConsent } from './details-setting.ts';
import {
  authorizeLink,
  buildings,
  createSunrise,
  grace,
  obtainTokens,
  redeem,
  refresh,
  spaCallback,
  tokensOf,
  type Words,
} from './sunrise.ts';

const grantScopes = 'grant_management_query grant_management_revoke';
const scope = `openid buildings:read ${grantScopes}`;

let platform: TestPlatform;
let browser: Browser;
beforeEach(async () => {
  platform = await createWithDetails({
    features: { grantManagement: true },
    clients: detailClients.map((client) =>
      client.client_id === 'heatlens' || client.client_id === 'portal'
        ? { ...client, scope: `${client.scope} ${grantScopes}` }
        : client,
    ),
  });
  browser = platform.browser();
});
afterEach(() => platform.close());

async function agreed(words: Words = {}): Promise<Answer> {
  const page = await reachConsent(platform, browser, { scope, ...words });
  const { location } = await browser.post('/consent', { ...readForm(page), decision: 'allow' });
  return redeem(platform, location.searchParams.get('code') ?? '', { resource: buildings });
}

async function managing(answer: Answer, asked = `openid ${grantScopes}`): Promise<string> {
  const words = { resource: `${platform.issuer}/grants`, scope: asked };
  return tokensOf(await refresh(platform, tokensOf(answer).refresh_token, words)).access_token;
}

async function errorOf(words: Words): Promise<string | null> {
  return (await browser.get(authorizeLink(words))).location.searchParams.get('error');
}

const get = (path: string, token?: string) =>
  platform.get(path, token === undefined ? {} : { authorization: `Bearer ${token}` });

describe('a request about a grant that is refused (§5.4)', () => {
  it.each<[string, Words, string]>([
    ['an action that there is not', { grant_management_action: 'update' }, 'invalid_request'],
    ['merge without a grant', { grant_management_action: 'merge' }, 'invalid_request'],
    [
      'create with a grant',
      { grant_management_action: 'create', grant_id: 'grt_x' },
      'invalid_request',
    ],
    ['a grant without an action', { grant_id: 'grt_x' }, 'invalid_request'],
    [
      'an unknown grant',
      { grant_management_action: 'replace', grant_id: 'grt_x' },
      'invalid_grant_id',
    ],
    [
      'a client that keeps no secret (§5.1)',
      { grant_management_action: 'create', client_id: 'spa', redirect_uri: spaCallback },
      'unauthorized_client',
    ],
  ])('because of: %s', async (_, words, error) => {
    expect(await errorOf(words)).toBe(error);
  });

  it('in the same way for another client’s grant as for an unknown one', async () => {
    const { json } = await agreed();
    const words = { grant_management_action: 'merge', grant_id: String(json['grant_id']) };
    const portal = { client_id: 'portal', redirect_uri: 'https://portal.sunrise.example/callback' };
    expect(await errorOf({ ...words, ...portal })).toBe('invalid_grant_id');
  });

  it('for another user’s grant after the sign-in, and the grant is unchanged', async () => {
    const { json } = await agreed();
    const words = { grant_management_action: 'replace', grant_id: String(json['grant_id']) };
    const other = platform.browser();
    const start = await other.get(authorizeLink(words));
    const signedIn = await platform.signIn(other, grace, start.location);
    const { location } = await other.get(signedIn.location.href);
    expect(location.searchParams.get('error')).toBe('invalid_grant_id');
    expect(await platform.store.grants.find(words.grant_id)).toBeDefined();
  });

  it('or shown to the user: a link alone never changes a grant, in any tier', async () => {
    await platform.signIn(browser, 'ada@example.com');
    const portal = { client_id: 'portal', redirect_uri: 'https://portal.sunrise.example/callback' };
    const asked = { ...portal, scope: 'openid', grant_management_action: 'create' };
    const { location } = await browser.get(authorizeLink(asked));
    expect(location.pathname).toBe('/consent');
    expect(await errorOf({ ...asked, prompt: 'none' })).toBe('consent_required');
  });
});

describe('a call of the grant management API that is refused (§6.6)', () => {
  it('without a token, with one for another API, or of another scope: 401 and 403', async () => {
    const first = await agreed();
    const path = `/grants/${String(first.json['grant_id'])}`;
    expect((await get(path)).status).toBe(401);
    const wrongApi = await get(path, tokensOf(first).access_token);
    expect([wrongApi.status, wrongApi.json['error']]).toEqual([401, 'invalid_token']);
    const revokeOnly = await managing(first, 'openid grant_management_revoke');
    const wrongScope = await get(path, revokeOnly);
    expect([wrongScope.status, wrongScope.json['error']]).toEqual([403, 'insufficient_scope']);
    expect(wrongScope.headers['www-authenticate']).toContain('scope="grant_management_query"');
  });

  it('with 404 for an unknown grant, and 403 for one of another user', async () => {
    const first = await agreed();
    const token = await managing(first);
    expect((await get('/grants/grt_nothing', token)).status).toBe(404);
    const other = platform.browser();
    let answer = await platform.signIn(
      other,
      grace,
      (await other.get(authorizeLink({ scope }))).location,
    );
    answer = await other.get(answer.location.href);
    const { location } = await other.post('/consent', { ...readForm(answer), decision: 'allow' });
    const theirs = await redeem(platform, location.searchParams.get('code') ?? '', {
      resource: buildings,
    });
    const foreign = await get(`/grants/${String(theirs.json['grant_id'])}`, token);
    expect([foreign.status, foreign.json['error']]).toEqual([403, 'access_denied']);
  });

  it('with a token whose grant has ended', async () => {
    const first = await agreed();
    const token = await managing(first);
    const grant = await platform.store.grants.find(String(first.json['grant_id']));
    await platform.store.grants.end(
      grant?.id ?? '',
      grant?.accountId ?? '',
      platform.clock.nowSeconds(),
    );
    expect((await get(`/grants/${grant?.id}`, token)).status).toBe(401);
  });

  it('by another method', async () => {
    const answer = await browser.post('/grants/grt_x', {});
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'GET, DELETE, HEAD']);
  });
});

describe('while grant management is off', () => {
  it('there is no endpoint, id or scope, and its parameters are ignored (RFC 6749 §3.1)', async () => {
    const plain = await createSunrise();
    expect((await plain.get('/grants/grt_x')).status).toBe(404);
    expect(await obtainTokens(plain)).not.toHaveProperty('grant_id');
    const { json } = await plain.get('/.well-known/oauth-authorization-server');
    expect(json).not.toHaveProperty('grant_management_endpoint');
    expect(json['scopes_supported']).not.toContain('grant_management_query');
    const { location } = await plain
      .browser()
      .get(authorizeLink({ grant_management_action: 'nonsense' }));
    expect(location.pathname).toBe('/sign-in');
    await plain.close();
  });
});

describe('the scopes of grant management', () => {
  it.each(['browser', 'native', 'service'])('cannot be registered for a %s client', (kind) => {
    const redirect = kind === 'service' ? [] : ['https://x.example/'];
    const client = {
      kind,
      trust: 'first-party',
      client_name: 'X',
      redirect_uris: redirect,
      scope: grantScopes,
    };
    const context = {
      now: 0,
      random: { bytes: (length: number) => new Uint8Array(length) },
      apis: [],
      origin: 'config',
    };
    expect(() => registerClient(client, context as Parameters<typeof registerClient>[1])).toThrow(
      'needs a client that keeps a secret and acts for users',
    );
  });
});
