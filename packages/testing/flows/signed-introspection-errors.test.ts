/**
 * A signed answer contains no more than a plain one, is only for its caller, and is not a token
 * (RFC 9701 §5, §8).
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import { signingClient } from './client-assertions.ts';
import { postAs } from './proofs.ts';
import { claimsOf, clients, createSunrise, obtainTokens, refresh } from './sunrise.ts';

const accept = 'application/token-introspection+jwt';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createSunrise();
});
afterEach(() => platform.close());

const introspect = (token: string, by = 'buildings-api') =>
  postAs(platform, '/introspect', { token }, by, { accept });

describe('a signed introspection answer', () => {
  it('about a token that is expired, invented or of another client says that it is inactive, and no more (§5)', async () => {
    const { access_token, refresh_token } = await obtainTokens(platform);
    const asked: readonly [string, string][] = [
      [access_token, 'portal'],
      [refresh_token, 'buildings-api'],
      ['nonsense', 'buildings-api'],
      [`at_${'A'.repeat(43)}`, 'buildings-api'],
    ];
    for (const [token, by] of asked)
      expect(claimsOf((await introspect(token, by)).body)).toEqual({
        iss: platform.issuer,
        aud: by,
        iat: platform.clock.nowSeconds(),
        token_introspection: { active: false },
      });
    platform.clock.advance(600);
    expect(claimsOf((await introspect(access_token)).body)['token_introspection']).toEqual({
      active: false,
    });
  });

  it('is not accepted as an access token, an ID token or a refresh token (§8.1)', async () => {
    const { access_token } = await obtainTokens(platform);
    const { body } = await introspect(access_token);
    const userinfo = await platform.get('/userinfo', { authorization: `Bearer ${body}` });
    expect([userinfo.status, userinfo.reason]).toEqual([401, 'token_type_wrong']);
    expect((await refresh(platform, body)).json['error']).toBe('invalid_grant');
    expect(claimsOf((await introspect(body)).body)['token_introspection']).toEqual({
      active: false,
    });
    for (const claim of ['sub', 'exp', 'client_id', 'scope'])
      expect(claimsOf(body)).not.toHaveProperty(claim);
  });

  it('is only for callers that authenticate, and a refusal is JSON', async () => {
    const { access_token } = await obtainTokens(platform);
    for (const by of ['native', 'nobody']) {
      const answer = await introspect(access_token, by);
      expect([answer.status, answer.json['error']]).toEqual([401, 'invalid_client']);
    }
    const missing = await postAs(platform, '/introspect', {}, 'buildings-api', { accept });
    expect([missing.status, missing.json['error']]).toEqual([400, 'invalid_request']);
  });

  it('that cannot be encrypted is not sent unencrypted', async () => {
    await platform.close();
    // A key of another type.
    const encrypted = {
      introspection_encrypted_response_alg: 'RSA-OAEP-256',
      jwks: signingClient.jwks,
    };
    platform = await createSunrise({
      clients: clients.map((one) =>
        one.client_id === 'buildings-api' ? { ...one, ...encrypted } : one,
      ),
    });
    const { access_token } = await obtainTokens(platform);
    const answer = await introspect(access_token);
    expect(answer.status).not.toBe(200);
    expect(answer.status).toBeLessThan(500);
    expect(answer.body).not.toContain('heatlens');
  });
});

describe('the registration for signed introspection (§6)', () => {
  it.each([
    [{ introspection_signed_response_alg: 'none' }, 'introspection_signed_response_alg'],
    [{ introspection_signed_response_alg: 'HS256' }, 'introspection_signed_response_alg'],
    [{ introspection_signed_response_alg: 'PS256' }, 'introspection_signed_response_alg'],
    [{ introspection_encrypted_response_alg: 'RSA1_5' }, 'introspection_encrypted_response_alg'],
    [{ introspection_encrypted_response_alg: 'ECDH-ES' }, 'needs jwks or jwks_uri'],
    [{ introspection_encrypted_response_enc: 'A256GCM' }, 'introspection_encrypted_response_enc'],
  ])('refuses invalid values: %o', async (settings, member) => {
    const changed = clients.map((one) =>
      one.client_id === 'buildings-api' ? { ...one, ...settings } : one,
    );
    await expect(createSunrise({ clients: changed })).rejects.toThrow(member);
  });
});
