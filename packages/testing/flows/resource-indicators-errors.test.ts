/**
 * A resource that was not granted never becomes an audience, in any way of asking (RFC 8707 §2, RFC
 * 9700 §4.10).
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import {
  allow,
  apis,
  billing,
  buildings,
  claimsOf,
  createSunrise,
  obtainCode,
  obtainTokens,
  redeem,
  refresh,
  tokensOf,
} from './sunrise.ts';

const tools = 'https://tools.sunrise.example/mcp';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createSunrise({
    apis: [...apis, { identifier: tools, name: 'Sunrise Tools', scopes: [] }],
  });
});
afterEach(() => platform.close());

/** Equivalent spellings, and invalid ones. */
const otherSpellings = (identifier: string) => [
  `${identifier}/`,
  identifier.toUpperCase(),
  identifier.replace('https', 'http'),
  `${identifier}?x=1`,
  `${identifier}#part`,
  identifier.replace('.example', '.example:443'),
  identifier.replace('sunrise', '%73unrise'),
  `${identifier} `,
  'nonsense',
  '/relative',
  'urn:x',
];

describe('an API that has types of details and no scopes', () => {
  const payments = 'https://payments.sunrise.example';
  beforeEach(async () => {
    await platform.close();
    const type = {
      type: 'payment',
      name: 'A payment',
      description: 'Pay',
      schema: { type: 'object', properties: {}, required: [] },
    };
    const api = { identifier: payments, name: 'Sunrise Payments', scopes: [] };
    platform = await createSunrise({
      apis: [...apis, { ...api, authorization_details_types: [type] }],
    });
  });

  it('cannot be requested without scope and details (RFC 8707 §2, RFC 9396 §3.3)', async () => {
    for (const scope of ['openid', 'openid buildings:read']) {
      const back = await allow(platform, { scope, resource: payments });
      expect([back.searchParams.get('error'), back.searchParams.get('code')]).toEqual([
        'invalid_target',
        null,
      ]);
    }
    const form = { grant_type: 'client_credentials', resource: payments };
    const own = await platform.post('/token', form, 'collector');
    expect([own.status, own.json['error']]).toEqual([400, 'invalid_target']);
  });
});

describe('a resource is compared character by character', () => {
  it.each([buildings, tools])('at the authorization endpoint: %s', async (identifier) => {
    for (const resource of otherSpellings(identifier)) {
      const back = await allow(platform, { scope: 'openid', resource });
      expect([resource, back.searchParams.get('error')]).toEqual([resource, 'invalid_target']);
    }
  });

  it('at the exchange, which spends nothing', async () => {
    const code = await obtainCode(platform, { resource: buildings });
    for (const resource of [...otherSpellings(buildings), billing, tools, platform.issuer]) {
      const answer = await redeem(platform, code, { resource });
      expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_target']);
    }
    expect((await redeem(platform, code, { resource: buildings })).status).toBe(200);
  });

  it('at a refresh, which also spends nothing', async () => {
    const { refresh_token } = await obtainTokens(platform, { resource: buildings });
    for (const resource of [...otherSpellings(buildings), billing, tools, platform.issuer]) {
      const answer = await refresh(platform, refresh_token, { resource });
      expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_target']);
    }
    const next = tokensOf(await refresh(platform, refresh_token, { resource: buildings }));
    expect((await refresh(platform, next.refresh_token)).status).toBe(200);
  });

  it('at the request of a service', async () => {
    for (const resource of [...otherSpellings(buildings), billing]) {
      const form = { grant_type: 'client_credentials', resource };
      const answer = await platform.post('/token', form, 'collector');
      expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_target']);
    }
  });
});

describe('a token for two APIs', () => {
  it('is never issued: a client with both must select one', async () => {
    const words = { scope: 'buildings:read invoices:read', resource: [buildings, billing] };
    const code = await obtainCode(platform, words);
    for (const resource of [undefined, [buildings, billing]])
      expect((await redeem(platform, code, { resource })).json['error']).toBe('invalid_target');
    const tokens = tokensOf(await redeem(platform, code, { resource: billing }));
    expect((await refresh(platform, tokens.refresh_token)).json['error']).toBe('invalid_target');
    expect(claimsOf(tokens.access_token)['aud']).toBe(billing);
  });

  it('is also not issued for a very large number of resources', async () => {
    const resource = Array.from({ length: 21 }, (_, index) => `${buildings}/${index}`);
    const back = await allow(platform, { resource });
    expect(back.searchParams.get('error')).toBe('invalid_target');
  });
});

describe('a scope of another API than the resource', () => {
  it('is invalid_scope, and the user sees no page', async () => {
    const back = await allow(platform, { scope: 'openid invoices:read', resource: buildings });
    expect(back.searchParams.get('error')).toBe('invalid_scope');
    const none = await allow(platform, { scope: 'openid buildings:read', resource: tools });
    expect(none.searchParams.get('error')).toBe('invalid_scope');
  });
});

describe('an API with scopes, of which the client has none,', () => {
  it('gets the same answer as an API that does not exist', async () => {
    const words = {
      client_id: 'native',
      redirect_uri: 'com.example.app:/callback',
      scope: 'openid',
    };
    const back = await allow(platform, { ...words, resource: billing });
    expect(back.searchParams.get('error')).toBe('invalid_target');
  });
});
