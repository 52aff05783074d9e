/** The hybrid flow (OpenID Connect Core §3.3), and response types in general. */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import { createAuthorizePlatform, goThrough, toldIn } from './authorize-setting.ts';
import {
  ada,
  authorizeLink,
  buildings,
  callback,
  claimsOf,
  everyScope,
  redeem,
  spaCallback,
  tokensOf,
  type Words,
} from './sunrise.ts';

const hybridTypes = ['code', 'code id_token', 'id_token'] as const;

/** A browser application, whose tier may have tokens through the browser. */
const spa = {
  client_id: 'spa',
  kind: 'browser',
  trust: 'third-party',
  client_name: 'Roof Planner',
  redirect_uris: [spaCallback],
  grant_types: ['authorization_code', 'refresh_token', 'implicit'],
  response_types: [
    'code',
    'code token',
    'code id_token',
    'code id_token token',
    'id_token',
    'id_token token',
    'token',
  ],
  scope: everyScope,
};

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createAuthorizePlatform(
    { response_types: [...hybridTypes] },
    { features: { hybrid: true } },
  );
  const { client } = await registered();
  await platform.store.clients.save(client);
});
afterEach(() => platform.close());

async function registered() {
  const { registerClient } = await import('@keywright/core');
  const { store, ports, clock } = platform;
  return registerClient(spa, {
    now: clock.nowSeconds(),
    random: ports.random,
    apis: await store.apis.list(),
    origin: 'config',
  });
}

const half = (value: string) =>
  createHash('sha256').update(value).digest().subarray(0, 16).toString('base64url');

describe('the response type code id_token', () => {
  const words: Words = { response_type: 'code id_token', scope: 'openid email buildings:read' };

  it('is answered with both in the fragment, and the ID token has the hashes of code and state (§3.3.2.5, §3.3.2.11)', async () => {
    const answer = await goThrough(platform, authorizeLink(words));
    expect(answer.location.search).toBe('');
    const told = toldIn(answer);
    expect([...told.keys()].sort()).toEqual(['code', 'id_token', 'iss', 'state']);
    const claims = claimsOf(told.get('id_token') ?? '');
    expect(claims).toMatchObject({
      iss: platform.issuer,
      aud: 'heatlens',
      sub: platform.accounts.get(ada)?.id,
      nonce: 'n-0S6_WzA2Mj',
      c_hash: half(told.get('code') ?? ''),
      s_hash: half('af0ifjsldkj'),
    });
    expect(claims).not.toHaveProperty('at_hash');
  });

  it('has no claims about the user there: the token of the code is for userinfo (§5.4)', async () => {
    const told = toldIn(await goThrough(platform, authorizeLink(words)));
    expect(claimsOf(told.get('id_token') ?? '')).not.toHaveProperty('email');
  });

  it('gives a code that is redeemed as any other, for an ID token of the same user (§3.3.3.6)', async () => {
    const told = toldIn(await goThrough(platform, authorizeLink(words)));
    const tokens = tokensOf(await redeem(platform, told.get('code') ?? ''));
    const [front, back] = [claimsOf(told.get('id_token') ?? ''), claimsOf(tokens.id_token)];
    expect([back['iss'], back['sub'], back['nonce']]).toEqual([
      front['iss'],
      front['sub'],
      front['nonce'],
    ]);
    expect(tokens.refresh_token).toBeDefined();
  });

  it('may name its parts in any order (Multiple Response Types §3)', async () => {
    const told = toldIn(
      await goThrough(platform, authorizeLink({ ...words, response_type: 'id_token code' })),
    );
    expect([told.has('code'), told.has('id_token')]).toEqual([true, true]);
  });

  it('may be answered by form_post, where no part of it is in an address', async () => {
    const answer = await goThrough(
      platform,
      authorizeLink({ ...words, response_mode: 'form_post' }),
    );
    expect(answer.status).toBe(200);
    expect([toldIn(answer).has('code'), toldIn(answer).has('id_token')]).toEqual([true, true]);
  });

  it('needs a nonce, the scope openid, and a code challenge as each code does', async () => {
    for (const [change, error] of [
      [{ nonce: undefined }, 'invalid_request'],
      [{ scope: 'buildings:read' }, 'invalid_scope'],
      [{ code_challenge: undefined }, 'invalid_request'],
      [{ response_mode: 'query' }, 'invalid_request'],
    ] as const) {
      const { location } = await platform.browser().get(authorizeLink({ ...words, ...change }));
      expect(new URLSearchParams(location.hash.slice(1)).get('error')).toBe(error);
    }
  });

  it('has no hash of the state when there is none', async () => {
    const told = toldIn(await goThrough(platform, authorizeLink({ ...words, state: undefined })));
    expect(claimsOf(told.get('id_token') ?? '')).not.toHaveProperty('s_hash');
  });
});

describe('response types with an access token and a code, for a tier that may have implicit:', () => {
  const words: Words = { client_id: 'spa', redirect_uri: spaCallback };
  const told = async (change: Words) => {
    const { location } = await goThrough(platform, authorizeLink({ ...words, ...change }));
    return new URLSearchParams(location.hash.slice(1));
  };

  it('code token gives both, and no ID token', async () => {
    const answer = await told({ response_type: 'code token' });
    expect([...answer.keys()].sort()).toEqual([
      'access_token',
      'code',
      'expires_in',
      'iss',
      'scope',
      'state',
      'token_type',
    ]);
    expect(claimsOf(answer.get('access_token') ?? '')).toMatchObject({
      aud: buildings,
      client_id: 'spa',
    });
  });

  it('code id_token token gives all three, bound to each other by their hashes', async () => {
    const answer = await told({ response_type: 'code id_token token' });
    expect(claimsOf(answer.get('id_token') ?? '')).toMatchObject({
      at_hash: half(answer.get('access_token') ?? ''),
      c_hash: half(answer.get('code') ?? ''),
    });
    const redeemed = await redeem(
      platform,
      answer.get('code') ?? '',
      { redirect_uri: spaCallback },
      'spa',
    );
    expect(redeemed.status).toBe(200);
    expect(platform.events.some(({ type }) => type === 'implicit_grant.used')).toBe(true);
  });
});

describe('the response type id_token', () => {
  it('is for a client that registered it, without the implicit grant, and has the claims of its scopes (§3.2, §5.4)', async () => {
    const told = toldIn(
      await goThrough(
        platform,
        authorizeLink({
          response_type: 'id_token',
          scope: 'openid email',
          code_challenge: undefined,
          code_challenge_method: undefined,
        }),
      ),
    );
    expect([...told.keys()].sort()).toEqual(['id_token', 'iss', 'state']);
    expect(claimsOf(told.get('id_token') ?? '')).toMatchObject({
      email: ada,
      nonce: 'n-0S6_WzA2Mj',
      s_hash: half('af0ifjsldkj'),
    });
  });
});

describe('when clients use response types,', () => {
  const errorOf = async (words: Words): Promise<string | null> => {
    const { location } = await platform.browser().get(authorizeLink(words));
    return (
      new URLSearchParams(location.hash.slice(1)).get('error') ?? location.searchParams.get('error')
    );
  };

  it('a web application never gets an access token in the browser, whatever it registers', async () => {
    const client = (await platform.store.clients.load('heatlens'))!;
    const responseTypes = ['code', 'code token', 'code id_token token', 'token'] as const;
    await platform.store.clients.save({
      ...client,
      settings: { ...client.settings, responseTypes },
    });
    for (const response_type of responseTypes.slice(1))
      expect(await errorOf({ response_type })).toBe('unauthorized_client');
  });

  it('no client uses a type that it did not register (Registration §2)', async () => {
    await platform.close();
    platform = await createAuthorizePlatform(
      { response_types: ['code'] },
      { features: { hybrid: true } },
    );
    expect(await errorOf({ response_type: 'code id_token' })).toBe('unauthorized_client');
    expect(await errorOf({ response_type: 'id_token' })).toBe('unauthorized_client');
    expect(
      await errorOf({
        client_id: 'portal',
        redirect_uri: 'https://portal.sunrise.example/callback',
        response_type: 'code id_token',
      }),
    ).toBe('unauthorized_client');
  });

  it('there is no hybrid flow, and none in the metadata, without the feature', async () => {
    const announced = async () =>
      (await platform.get('/.well-known/openid-configuration')).json['response_types_supported'];
    expect(await announced()).toEqual([
      'code',
      'token',
      'id_token',
      'id_token token',
      'code id_token',
      'code token',
      'code id_token token',
    ]);
    await platform.close();
    platform = await createAuthorizePlatform({ response_types: [...hybridTypes] });
    expect(await announced()).toEqual(['code', 'token', 'id_token', 'id_token token']);
    expect(await errorOf({ response_type: 'code id_token' })).toBe('unsupported_response_type');
    expect(await errorOf({ response_type: 'id_token' })).toBe('unauthorized_client');
  });

  it('only code exists in OAuth 2.1', async () => {
    await platform.close();
    platform = await createAuthorizePlatform({}, { profile: 'oauth-2.1', clients: [] });
    expect(
      (await platform.get('/.well-known/openid-configuration')).json['response_types_supported'],
    ).toEqual(['code']);
  });

  it('an error of a hybrid request is in the fragment, as its answer would be (§3.3.2.6)', async () => {
    const { location } = await platform
      .browser()
      .get(authorizeLink({ response_type: 'code id_token', scope: 'openid nonsense' }));
    expect([location.origin + location.pathname, location.search]).toEqual([callback, '']);
    expect(new URLSearchParams(location.hash.slice(1)).get('error')).toBe('invalid_scope');
  });
});
