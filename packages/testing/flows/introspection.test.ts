/** The claims about the user in introspection (RFC 7662 §2.2, §5). */
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

describe('the username in introspection, the e-mail address of the user,', () => {
  it('is given to a first-party service that is an introspector of the API', async () => {
    const { access_token } = await obtainTokens(platform);
    expect(await told(access_token, 'buildings-api')).toBe(ada);
  });

  it('is not given to a third-party service, or to the client, without the scope email', async () => {
    const { access_token } = await obtainTokens(platform);
    for (const caller of ['partner', 'heatlens'])
      expect(await told(access_token, caller)).toBeUndefined();
  });

  it.each([
    ['the scope email', { scope: 'openid email buildings:read' }],
    ['the claim email', { claims: JSON.stringify({ userinfo: { email: null } }) }],
  ])('is given to both where the user agreed to %s', async (_what, words) => {
    const { access_token } = await obtainTokens(platform, words);
    for (const caller of ['partner', 'heatlens'])
      expect(await told(access_token, caller)).toBe(ada);
  });

  it('is not given for a user with a pairwise subject at the client, unless the user agreed to it', async () => {
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

  it('is absent for a token of a client without a user', async () => {
    const form = { grant_type: 'client_credentials', scope: 'buildings:read' };
    const { access_token } = tokensOf(await platform.post('/token', form, 'collector'));
    expect(await told(access_token, 'buildings-api')).toBeUndefined();
  });
});
