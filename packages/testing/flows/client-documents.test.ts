/**
 * Client ID Metadata Documents (draft-ietf-oauth-client-id-metadata-document): clients whose id is
 * the address of their metadata.
 */
import { generateSigningKey } from '@keywright/jwt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type Browser, readForm, type TestPlatform } from '../src/index.ts';
import { assertionOf, signingClient } from './client-assertions.ts';
import { createDynamicClients, createOutside, type OutsideWorld } from './dynamic-clients.ts';
import {
  ada,
  authorizeLink,
  buildings,
  claimsOf,
  redeem,
  refresh,
  tokensOf,
  type Words,
  verifier,
} from './sunrise.ts';

const address = 'https://agents.aria.example/oauth/client.json';
const redirect_uri = 'https://agents.aria.example/callback';
const document = {
  client_id: address,
  client_name: 'Aria Assistant',
  redirect_uris: [redirect_uri, 'http://127.0.0.1/callback'],
  grant_types: ['authorization_code', 'refresh_token'],
  token_endpoint_auth_method: 'none',
};

let outside: OutsideWorld;
let platform: TestPlatform;
let browser: Browser;
beforeEach(async () => {
  outside = createOutside(new Map([[address, JSON.stringify(document)]]));
  platform = await createDynamicClients(
    {
      profile: 'mcp',
      features: { registration: 'off' },
      registration: { scopes: ['openid', 'offline_access', 'buildings:read'] },
    },
    outside,
  );
  browser = platform.browser();
});
afterEach(() => platform.close());

const publish = (changes: object, to = address) =>
  outside.site.set(to, JSON.stringify({ ...document, ...changes }));
const words = (more: Words = {}): Words => ({
  client_id: address,
  redirect_uri,
  scope: 'openid buildings:read',
  resource: buildings,
  ...more,
});

/** The consent page that Ada gets by the link. */
async function askAda(more: Words = {}): Promise<Answer> {
  let answer = await browser.get(authorizeLink(words(more)));
  if (answer.status !== 303) return answer;
  if (answer.location.pathname === '/sign-in')
    answer = await platform.signIn(browser, ada, answer.location);
  return browser.get(answer.location.href);
}

async function agree(more: Words = {}): Promise<string> {
  const page = await askAda(more);
  const answer = await browser.post('/consent', { ...readForm(page), decision: 'allow' });
  return answer.location.searchParams.get('code') ?? '';
}

const loadRow = () => platform.store.clients.load(address);
const exchange = (code: string, more: Words = {}) =>
  redeem(platform, code, { redirect_uri, resource: buildings, ...more }, address);

describe('a client document that changes while the consent page is open (§8.4)', () => {
  const grantNow = () => platform.store.grants.load(platform.accounts.get(ada)?.id ?? '', address);
  /** The cached document expires. */
  const lapse = () => platform.clock.advance(601);

  it('is not agreed to: the page is shown again with a notice, and the second answer counts', async () => {
    const page = await askAda();
    publish({ client_name: 'Sunrise Bank' });
    lapse();
    const again = await browser.post('/consent', { ...readForm(page), decision: 'allow' });
    expect(again.status).toBe(200);
    expect(again.json).toMatchObject({
      page: 'consent',
      client: { name: 'Sunrise Bank' },
      error: expect.stringContaining('changed while the page was open') as string,
    });
    expect(await grantNow()).toBeUndefined();
    expect(await loadRow()).toBeUndefined();
    const answer = await browser.post('/consent', { ...readForm(again), decision: 'allow' });
    expect((await exchange(answer.location.searchParams.get('code') ?? '')).status).toBe(200);
    expect((await askAda()).json['client']).not.toHaveProperty('hasChanged');
  });

  it.each([
    [
      'another address to return to',
      { redirect_uris: [redirect_uri, 'https://elsewhere.example/cb'] },
    ],
    ['another policy', { policy_uri: 'https://agents.aria.example/other' }],
    ['keys of its own', signingClient],
  ])('is not agreed to when it is %s', async (_, changes) => {
    const page = await askAda();
    publish(changes);
    lapse();
    const again = await browser.post('/consent', { ...readForm(page), decision: 'allow' });
    expect(again.json['page']).toBe('consent');
    expect(await grantNow()).toBeUndefined();
  });

  it('can be declined by the page from before', async () => {
    const page = await askAda();
    publish({ client_name: 'Sunrise Bank' });
    lapse();
    const answer = await browser.post('/consent', { ...readForm(page), decision: 'deny' });
    expect(answer.location.searchParams.get('error')).toBe('access_denied');
  });

  it('is not agreed to by a form that does not say what was shown', async () => {
    const { location } = await browser.get(authorizeLink(words()));
    const shown = (await platform.signIn(browser, ada, location)).location;
    const page = await browser.get(shown.href);
    const request = shown.searchParams.get('request') ?? '';
    const answer = await browser.post('/consent', {
      ...readForm(page),
      request,
      decision: 'allow',
    });
    expect(answer.json['page']).toBe('consent');
  });
});

describe('a client whose id is an address', () => {
  it('gets tokens for the API that it names, and refreshes them, without registration', async () => {
    const tokens = tokensOf(await exchange(await agree()));
    expect(claimsOf(tokens.access_token)).toMatchObject({ client_id: address, aud: buildings });
    expect((await refresh(platform, tokens.refresh_token, {}, address)).status).toBe(200);
  });

  it('may request only the scopes of its document, and no one can extend them', async () => {
    publish({ scope: 'openid' });
    const { json } = await browser.get(authorizeLink(words()));
    expect(json).toMatchObject({ page: 'error', reason: 'scope_invalid' });
  });

  it('is shown by its host, which is verified; the page says that the rest is not verified (§8.5)', async () => {
    publish({
      policy_uri: 'https://agents.aria.example/privacy',
      logo_uri: 'https://agents.aria.example/logo.png',
    });
    const page = await askAda();
    expect(page.json['client']).toEqual({
      name: 'Aria Assistant',
      trust: 'unverified',
      returnHost: 'agents.aria.example',
      verifiedHost: 'agents.aria.example',
      links: { policy: 'https://agents.aria.example/privacy' },
    });
    // Neither the server nor the page fetches the logo.
    expect(outside.asked).toEqual([address]);
    expect(page.headers['content-security-policy']).toContain("img-src 'self' data:");
  });

  it('is shown with the host of its redirect URI when that is a different one', async () => {
    publish({ redirect_uris: ['https://elsewhere.example/cb'] });
    const page = await askAda({ redirect_uri: 'https://elsewhere.example/cb' });
    expect(page.json['client']).toMatchObject({
      verifiedHost: 'agents.aria.example',
      returnHost: 'elsewhere.example',
    });
  });

  it('needs consent every time', async () => {
    await agree();
    expect((await askAda()).json['page']).toBe('consent');
  });

  it('may have any port of a loopback address where it is native (RFC 8252 §7.3)', async () => {
    expect((await askAda({ redirect_uri: 'http://127.0.0.1:49152/callback' })).json['page']).toBe(
      'consent',
    );
  });

  it('must authenticate with its key as its document says, and never by its name alone (§8.2)', async () => {
    publish(signingClient);
    const code = await agree();
    const form = { grant_type: 'authorization_code', code, redirect_uri, code_verifier: verifier };
    const nameAlone = await platform.post('/token', form, address);
    expect([nameAlone.status, nameAlone.json['error']]).toEqual([401, 'invalid_client']);
    const signed = await platform.post('/token', { ...form, ...assertionOf(platform, address) });
    expect(claimsOf(tokensOf(signed).access_token)).toMatchObject({ client_id: address });
  });

  it('is stored only after a user agreed, and the account page names it by that record', async () => {
    await askAda();
    expect(await loadRow()).toBeUndefined();
    await agree();
    expect(await loadRow()).toMatchObject({
      id: address,
      origin: 'document',
      trust: 'unverified',
      secrets: [],
    });
    const { json } = await browser.get('/account');
    expect(json['connections']).toMatchObject([
      { client: { name: 'Aria Assistant', verifiedHost: 'agents.aria.example' } },
    ]);
  });

  it('is shown with a notice when its document changed since the consent (§8.4)', async () => {
    await agree();
    expect((await askAda()).json['client']).not.toHaveProperty('hasChanged');
    publish({ client_name: 'Aria Banking' });
    platform.clock.advance(3600);
    expect((await askAda()).json['client']).toMatchObject({
      name: 'Aria Banking',
      hasChanged: true,
    });
    await agree();
    expect((await askAda()).json['client']).not.toHaveProperty('hasChanged');
    expect(await loadRow()).toMatchObject({ name: 'Aria Banking' });
  });

  it('is disabled by an administrator permanently: the stored record overrides the document', async () => {
    const tokens = tokensOf(await exchange(await agree()));
    await platform.store.clients.disable(address, platform.clock.nowSeconds());
    expect((await askAda()).json).toMatchObject({
      page: 'error',
      reason: 'client_document_refused',
    });
    const refreshed = await refresh(platform, tokens.refresh_token, {}, address);
    expect([refreshed.status, refreshed.json['error']]).toEqual([401, 'invalid_client']);
  });

  it('cannot authenticate by a key that its document no longer contains (§8.4.1)', async () => {
    publish(signingClient);
    const code = await agree();
    const form = { grant_type: 'authorization_code', code, redirect_uri, code_verifier: verifier };
    const { refresh_token } = tokensOf(
      await platform.post('/token', {
        ...form,
        resource: buildings,
        ...assertionOf(platform, address),
      }),
    );
    const other = await generateSigningKey('ES256');
    publish({ ...signingClient, jwks: { keys: [other.publicJwk] } });
    platform.clock.advance(3600);
    const refreshed = await platform.post('/token', {
      grant_type: 'refresh_token',
      refresh_token,
      ...assertionOf(platform, address),
    });
    expect([refreshed.status, refreshed.json['error']]).toEqual([401, 'invalid_client']);
  });

  it('keeps its tokens while its host cannot be reached, and cannot start a new authorization', async () => {
    const tokens = tokensOf(await exchange(await agree()));
    outside.site.set(address, new Error('ECONNREFUSED'));
    platform.clock.advance(3600);
    expect((await refresh(platform, tokens.refresh_token, {}, address)).status).toBe(200);
    expect((await askAda()).json).toMatchObject({
      page: 'error',
      reason: 'client_document_refused',
    });
  });
});

describe('client documents in memory (§5.2)', () => {
  it('are fetched once for as long as their max-age says, within bounds', async () => {
    const text = JSON.stringify(document);
    for (const [maxAgeSeconds, fresh] of [
      [0, 60],
      [300, 300],
      [10_000_000, 86_400],
    ] as const) {
      outside.site.set(address, { text, maxAgeSeconds });
      platform.clock.advance(86_400);
      outside.asked.length = 0;
      await browser.get(authorizeLink(words()));
      platform.clock.advance(fresh - 1);
      await browser.get(authorizeLink(words()));
      expect(outside.asked).toHaveLength(1);
      platform.clock.advance(1);
      await browser.get(authorizeLink(words()));
      expect(outside.asked).toHaveLength(2);
    }
  });

  it('that could not be fetched, or are wrong, are not kept', async () => {
    outside.site.set(address, new Error('ECONNREFUSED'));
    expect((await browser.get(authorizeLink(words()))).status).toBe(400);
    publish({ client_id: 'https://agents.aria.example/other' });
    expect((await browser.get(authorizeLink(words()))).status).toBe(400);
    publish({});
    expect((await browser.get(authorizeLink(words()))).status).toBe(303);
  });

  it('are fetched once for all requests at the same time', async () => {
    await Promise.all(Array.from({ length: 20 }, () => browser.get(authorizeLink(words()))));
    expect(outside.asked).toHaveLength(1);
  });

  it('of one host are fetched at a limited rate, however many invented ids are requested', async () => {
    for (let index = 0; index < 40; index += 1)
      await browser.get(authorizeLink(words({ client_id: `https://victim.example/${index}` })));
    expect(outside.asked.length).toBeLessThanOrEqual(20);
    expect(await browser.get(authorizeLink(words())).then(({ status }) => status)).toBe(303);
  });
});

describe('the metadata of the server about client documents (§6)', () => {
  it('says that documents are accepted, and that clients need no secret, which agents check', async () => {
    const { json } = await platform.get('/.well-known/oauth-authorization-server');
    expect(json['client_id_metadata_document_supported']).toBe(true);
    expect(json['token_endpoint_auth_methods_supported']).toContain('none');
  });

  it('does not mention them where the feature is off, and then no address is a client', async () => {
    const off = await createDynamicClients({}, outside);
    const { json } = await off.get('/.well-known/oauth-authorization-server');
    expect(json).not.toHaveProperty('client_id_metadata_document_supported');
    const answer = await off.browser().get(authorizeLink(words({ resource: undefined })));
    expect(answer.json).toMatchObject({ page: 'error', reason: 'client_unknown' });
    expect(outside.asked).toEqual([]);
    await off.close();
  });
});
