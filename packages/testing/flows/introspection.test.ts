/** What introspection says of the person (RFC 7662 §2.2, §5). */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClientRegistration } from '@keywright/core';
import type { TestPlatform } from '../src/index.ts';
import { ada, apis, buildings, clients, createSunrise, obtainTokens, tokensOf } from './sunrise.ts';

const partner: ClientRegistration = {
  client_id: 'partner',
  kind: 'service',
  trust: 'third-party',
  client_name: 'A service of somebody else',
};

const withPartner = apis.map((api) =>
  api.identifier === buildings ? { ...api, introspectors: ['buildings-api', 'partner'] } : api,
);

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createSunrise({ apis: withPartner, clients: [...clients, partner] });
});
afterEach(() => platform.close());

const told = async (token: string, by: string) => {
  const { json } = await platform.post('/introspect', { token }, by);
  expect(json['active']).toBe(true);
  return json['username'];
};

describe('username, the e-mail address of the person', () => {
  it('is told to a service of the platform, which is an introspector of the API', async () => {
    const { access_token } = await obtainTokens(platform);
    expect(await told(access_token, 'buildings-api')).toBe(ada);
  });

  it('is not told to a third-party service, nor to the client, without the scope email', async () => {
    const { access_token } = await obtainTokens(platform);
    for (const caller of ['partner', 'heatlens'])
      expect(await told(access_token, caller)).toBeUndefined();
  });

  it.each([
    ['the scope email', { scope: 'openid email buildings:read' }],
    ['the claim email', { claims: JSON.stringify({ userinfo: { email: null } }) }],
  ])('is told to both where the person agreed to %s', async (_what, words) => {
    const { access_token } = await obtainTokens(platform, words);
    for (const caller of ['partner', 'heatlens'])
      expect(await told(access_token, caller)).toBe(ada);
  });

  it('is not told of a person whom the client knows by a pairwise subject, unless they agreed to it', async () => {
    const client = await platform.store.clients.load('heatlens');
    if (client === undefined) throw new Error('there is no client');
    await platform.store.clients.save({
      ...client,
      settings: { ...client.settings, subjectType: 'pairwise' },
    });
    platform.clock.advance(2);
    const { access_token } = await obtainTokens(platform);
    expect(await told(access_token, 'buildings-api')).toBeUndefined();
    const agreed = await obtainTokens(platform, { scope: 'openid email buildings:read' });
    expect(await told(agreed.access_token, 'buildings-api')).toBe(ada);
  });

  it('is not there for a token that a client has for itself', async () => {
    const form = { grant_type: 'client_credentials', scope: 'buildings:read' };
    const { access_token } = tokensOf(await platform.post('/token', form, 'collector'));
    expect(await told(access_token, 'buildings-api')).toBeUndefined();
  });
});
