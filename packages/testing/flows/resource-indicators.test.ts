/** Resource indicators (RFC 8707): an access token is for one API, which the client names. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readForm, type TestPlatform } from '../src/index.ts';
import {
  ada,
  allow,
  apis,
  authorizeLink,
  billing,
  buildings,
  claimsOf,
  createSunrise,
  obtainCode,
  redeem,
  refresh,
  tokensOf,
} from './sunrise.ts';

/** An MCP server in the configuration of a platform, without scopes. */
const tools = 'https://tools.sunrise.example/mcp';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createSunrise({
    apis: [...apis, { identifier: tools, name: 'Sunrise Tools', scopes: [] }],
  });
});
afterEach(() => platform.close());

const both = { scope: 'openid buildings:read invoices:read', resource: [buildings, billing] };

describe('several resources at the authorization endpoint (§2.1)', () => {
  it('are granted together, and each token is for the one that the exchange names (§2.2)', async () => {
    for (const [resource, scope] of [
      [buildings, 'openid buildings:read'],
      [billing, 'openid invoices:read'],
    ]) {
      const tokens = tokensOf(
        await redeem(platform, await obtainCode(platform, both), { resource }),
      );
      expect(tokens.scope).toBe(scope);
      expect(claimsOf(tokens.access_token)).toMatchObject({ aud: resource, scope });
    }
  });

  it('can be selected one after the other by refreshing, with the same refresh token (§2.2)', async () => {
    const code = await obtainCode(platform, both);
    let tokens = tokensOf(await redeem(platform, code, { resource: buildings }));
    for (const resource of [billing, buildings, billing]) {
      tokens = tokensOf(await refresh(platform, tokens.refresh_token, { resource }));
      expect(claimsOf(tokens.access_token)['aud']).toBe(resource);
    }
  });

  it('may contain one twice, with the same effect', async () => {
    const code = await obtainCode(platform, { resource: [buildings, buildings] });
    const first = tokensOf(await redeem(platform, code, { resource: [buildings, buildings] }));
    const words = { resource: [buildings, buildings, buildings] };
    const second = tokensOf(await refresh(platform, first.refresh_token, words));
    expect(claimsOf(second.access_token)['aud']).toBe(buildings);
  });

  it('may be left out, and then the API of the scopes is meant', async () => {
    const tokens = tokensOf(await redeem(platform, await obtainCode(platform)));
    expect(claimsOf(tokens.access_token)['aud']).toBe(buildings);
  });

  it('may be one with scopes of OpenID Connect only: its token also works at userinfo', async () => {
    const code = await obtainCode(platform, { scope: 'openid', resource: buildings });
    const { access_token } = tokensOf(await redeem(platform, code));
    expect(claimsOf(access_token)).toMatchObject({ aud: buildings, scope: 'openid' });
  });
});

describe('an API that has no scopes', () => {
  it('is requested by its address, and the token is for it', async () => {
    const code = await obtainCode(platform, { scope: 'openid', resource: tools });
    const tokens = tokensOf(await redeem(platform, code, { resource: tools }));
    expect(claimsOf(tokens.access_token)).toMatchObject({ aud: tools, scope: 'openid' });
    const next = tokensOf(await refresh(platform, tokens.refresh_token, { resource: tools }));
    expect(claimsOf(next.access_token)['aud']).toBe(tools);
  });

  it('may be asked for without a scope beside APIs that have them', async () => {
    const code = await obtainCode(platform, { resource: [tools, buildings] });
    const tokens = tokensOf(await redeem(platform, code, { resource: tools }));
    expect(claimsOf(tokens.access_token)).toMatchObject({ aud: tools, scope: 'openid' });
  });

  it('is shown to the user by its name, with one question (ASVS 10.7.2)', async () => {
    const words = { scope: 'openid', resource: tools };
    const browser = platform.browser();
    const signIn = await browser.get(authorizeLink(words));
    const consent = await platform.signIn(browser, ada, signIn.location);
    const page = await browser.get(consent.location.href);
    expect(page.json['groups']).toContainEqual({
      api: 'Sunrise Tools',
      scopes: [
        { name: tools, description: 'Act there on your behalf', optional: false, granted: false },
      ],
    });
    await browser.post('/consent', { ...readForm(page), decision: 'allow' });
    expect(
      (await allow(platform, { ...words, prompt: 'none' }, browser)).searchParams.has('code'),
    ).toBe(true);
    const account = (await browser.get('/account')).json as {
      connections: { scopes: unknown[] }[];
    };
    expect(account.connections[0]?.scopes).toContainEqual({
      name: tools,
      description: 'Act at Sunrise Tools on your behalf',
    });
    const more = await allow(platform, { ...words, resource: buildings, prompt: 'none' }, browser);
    expect(more.searchParams.get('error')).toBe('consent_required');
  });

  it('is available to services without a user', async () => {
    const form = { grant_type: 'client_credentials', resource: tools };
    const { access_token } = tokensOf(await platform.post('/token', form, 'collector'));
    expect(claimsOf(access_token)).toMatchObject({ aud: tools, sub: 'collector', scope: '' });
  });
});

describe('the request of a service with a resource (§2.2)', () => {
  it('gives a token for that API, with the scopes that the service has there', async () => {
    const form = { grant_type: 'client_credentials', resource: [buildings, buildings] };
    const { access_token } = tokensOf(await platform.post('/token', form, 'collector'));
    expect(claimsOf(access_token)).toMatchObject({
      aud: buildings,
      scope: 'buildings:read measurements:read',
    });
  });
});
