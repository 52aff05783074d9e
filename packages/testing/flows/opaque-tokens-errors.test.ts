import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import { createKey, postAs } from './proofs.ts';
import { apis, buildings, createSunrise, obtainTokens, refresh, tokensOf } from './sunrise.ts';

const opaque = apis.map((api) =>
  api.identifier === buildings ? { ...api, access_token_format: 'opaque' } : api,
);

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createSunrise({ apis: opaque });
});
afterEach(() => platform.close());

const introspect = async (token: string, by = 'buildings-api') =>
  (await platform.post('/introspect', { token }, by)).json;

describe('an opaque token', () => {
  it('of another client is not described or revoked (RFC 7009 §2.1)', async () => {
    const { access_token } = await obtainTokens(platform);
    for (const other of ['portal', 'collector']) {
      expect(await introspect(access_token, other)).toEqual({ active: false });
      expect((await platform.post('/revoke', { token: access_token }, other)).status).toBe(200);
    }
    expect(await introspect(access_token)).toMatchObject({ active: true });
    expect(await introspect(access_token, 'heatlens')).toMatchObject({ active: true });
  });

  it('is inactive after its expiry, before and after it is deleted', async () => {
    const { access_token } = await obtainTokens(platform);
    platform.clock.advance(599);
    expect(await introspect(access_token)).toMatchObject({ active: true });
    platform.clock.advance(1);
    const authorization = `Bearer ${access_token}`;
    expect(await introspect(access_token)).toEqual({ active: false });
    expect((await platform.get('/userinfo', { authorization })).reason).toBe('token_expired');
    platform.clock.advance(8000);
    await platform.store.prune(platform.clock.nowSeconds(), 100);
    expect(await introspect(access_token)).toEqual({ active: false });
    expect((await platform.get('/userinfo', { authorization })).reason).toBe('token_inactive');
  });

  it.each([
    `at_${'A'.repeat(43)}`,
    `at_${'A'.repeat(42)}`,
    'at_',
    `AT_${'A'.repeat(43)}`,
    'at_x.y.z',
  ])('that is invented is inactive, and is refused: %s', async (token) => {
    expect(await introspect(token)).toEqual({ active: false });
    const answer = await platform.get('/userinfo', { authorization: `Bearer ${token}` });
    expect([answer.status, answer.json['error']]).toEqual([401, 'invalid_token']);
    expect((await platform.post('/revoke', { token }, 'heatlens')).status).toBe(200);
  });

  it('is refused as a refresh token and as a code', async () => {
    const { access_token } = await obtainTokens(platform);
    expect((await refresh(platform, access_token)).json['error']).toBe('invalid_grant');
    const form = { grant_type: 'authorization_code', code: access_token, code_verifier: 'x' };
    expect((await platform.post('/token', form, 'heatlens')).json['error']).toBe('invalid_grant');
  });

  it('that is bound to a key is refused as a bearer token', async () => {
    const dpop = createKey().proof(platform);
    const form = { grant_type: 'client_credentials', scope: 'buildings:read' };
    const { access_token } = tokensOf(
      await postAs(platform, '/token', form, 'collector', { dpop }),
    );
    const answer = await platform.get('/userinfo', { authorization: `Bearer ${access_token}` });
    expect(answer.reason).toBe('token_binding_wrong');
  });

  it('is never in the log', async () => {
    const { access_token } = await obtainTokens(platform);
    await introspect(access_token, 'portal');
    await platform.post('/revoke', { token: access_token }, 'heatlens');
    expect(JSON.stringify(platform.events)).not.toContain(access_token);
  });

  it('is not issued when it cannot be stored: 503, and the next request succeeds', async () => {
    await platform.close();
    let isDown = false;
    platform = await createSunrise({
      apis: opaque,
      ports: ({ store }) => ({
        store: {
          ...store,
          accessTokens: {
            ...store.accessTokens,
            keep: (token) =>
              isDown
                ? Promise.reject(
                    Object.assign(new Error('away'), { name: 'StoreUnavailableError' }),
                  )
                : store.accessTokens.keep(token),
          },
        },
      }),
    });
    const { refresh_token } = await obtainTokens(platform);
    isDown = true;
    expect((await refresh(platform, refresh_token)).status).toBe(503);
    isDown = false;
    expect((await refresh(platform, refresh_token)).status).toBe(200);
  });
});

describe('an API with opaque tokens', () => {
  it('must name its introspector, and its token format must be valid', async () => {
    const [api] = opaque;
    const nobody = { ...api!, introspectors: [] };
    await expect(createSunrise({ apis: [nobody], clients: [] })).rejects.toThrow('introspectors');
    const unknown = { ...api!, access_token_format: 'paseto' };
    await expect(createSunrise({ apis: [unknown], clients: [] })).rejects.toThrow(
      'access_token_format',
    );
  });
});
