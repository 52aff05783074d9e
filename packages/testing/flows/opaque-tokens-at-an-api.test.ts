/**
 * Opaque tokens, and tokens that are bound to a key, at an API behind the guard: server and guard
 * give the same results.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import { createGuardedApi, type GuardedApi } from './guarded-api.ts';
import { createKey, postAs } from './proofs.ts';
import { apis, buildings, createSunrise, obtainTokens, tokensOf } from './sunrise.ts';

const opaque = apis.map((api) =>
  api.identifier === buildings ? { ...api, access_token_format: 'opaque' } : api,
);

let platform: TestPlatform;
let api: GuardedApi;
beforeEach(async () => {
  platform = await createSunrise({ apis: opaque });
  const client = { id: 'buildings-api', secret: platform.secrets.get('buildings-api') ?? '' };
  api = createGuardedApi(platform, {
    issuer: { issuer: platform.issuer, client, introspect: { cacheSeconds: 0 } },
  });
});
afterEach(() => platform.close());

const call = (headers: Readonly<Record<string, string>>) => api.fetch(buildings, { headers });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('an opaque token at the API', () => {
  it('is accepted, with its user and its scopes', async () => {
    const { access_token } = await obtainTokens(platform);
    const answer = await call(bearer(access_token));
    expect([answer.status, await answer.json()]).toEqual([
      200,
      { clientId: 'heatlens', scopes: ['openid', 'buildings:read'] },
    ]);
  });

  it('is refused with the next call after it was revoked', async () => {
    const { access_token } = await obtainTokens(platform);
    expect((await call(bearer(access_token))).status).toBe(200);
    await platform.post('/revoke', { token: access_token }, 'heatlens');
    expect((await call(bearer(access_token))).status).toBe(401);
  });

  it('that is bound to a key is accepted only with its proof (RFC 9449 §6.2)', async () => {
    const key = createKey();
    const form = { grant_type: 'client_credentials', scope: 'buildings:read' };
    const dpop = key.proof(platform);
    const { access_token } = tokensOf(
      await postAs(platform, '/token', form, 'collector', { dpop }),
    );
    const proof = (prover = key) =>
      prover.proof(platform, { method: 'GET', url: buildings, accessToken: access_token });
    const authorization = `DPoP ${access_token}`;
    expect((await call({ authorization, dpop: proof() })).status).toBe(200);
    for (const headers of [
      bearer(access_token),
      { authorization },
      { authorization, dpop: proof(createKey()) },
    ])
      expect((await call(headers)).status).toBe(401);
  });
});

describe('a JWT that is bound to a DPoP key', () => {
  it('is accepted at an API only with its proof', async () => {
    await platform.close();
    platform = await createSunrise();
    api = createGuardedApi(platform);
    const key = createKey();
    const form = { grant_type: 'client_credentials', scope: 'buildings:read' };
    const dpop = key.proof(platform);
    const { access_token } = tokensOf(
      await postAs(platform, '/token', form, 'collector', { dpop }),
    );
    const proof = key.proof(platform, { method: 'GET', url: buildings, accessToken: access_token });
    expect((await call({ authorization: `DPoP ${access_token}`, dpop: proof })).status).toBe(200);
    expect((await call(bearer(access_token))).status).toBe(401);
  });
});
