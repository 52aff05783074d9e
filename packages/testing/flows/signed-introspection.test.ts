/**
 * Signed introspection answers (RFC 9701), with which a service can prove to others what it
 * received.
 */
import { anyAudience, importKeySet, verifyJwt } from '@keywright/jwt';
import { decrypt, generateDecryptionPair } from '@keywright/jwt/encryption';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Answer, TestPlatform } from '../src/index.ts';
import { assertionOf, signingClient } from './client-assertions.ts';
import { postAs } from './proofs.ts';
import { buildings, clients, createSunrise, headerOf, obtainTokens } from './sunrise.ts';

const mediaType = 'application/token-introspection+jwt';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createSunrise();
});
afterEach(() => platform.close());

function introspect(
  token: string,
  accept: string = mediaType,
  by = 'buildings-api',
): Promise<Answer> {
  return postAs(platform, '/introspect', { token }, by, { accept });
}

async function verify(jwt: string): Promise<Record<string, unknown>> {
  const { keys } = (await platform.get('/jwks')).json as { keys: Record<string, unknown>[] };
  const { claims } = verifySigned(jwt, keys);
  return claims;
}

function verifySigned(jwt: string, keys: readonly Record<string, unknown>[]) {
  // There is no `exp` (RFC 9701 §5), which every token has. So only the signature is checked.
  const [header = '', payload = ''] = jwt.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<
    string,
    unknown
  >;
  const keySet = importKeySet({ keys });
  expect(() =>
    verifyJwt(jwt, {
      keys: keySet,
      typ: 'token-introspection+jwt',
      issuer: platform.issuer,
      audience: anyAudience,
      nowSeconds: 0,
    }),
  ).toThrow(expect.objectContaining({ reason: 'token_malformed', note: 'exp' }));
  expect(header).not.toBe('');
  return { claims };
}

/** The registration of the buildings API’s own service, changed. */
async function restartWith(change: object): Promise<void> {
  await platform.close();
  const changed = clients.map((one) =>
    one.client_id === 'buildings-api' ? { ...one, ...change } : one,
  );
  platform = await createSunrise({ clients: changed });
}

describe('a caller that accepts a signed introspection answer (§4)', () => {
  it('gets one with this issuer, this caller and the time (§5)', async () => {
    const { access_token } = await obtainTokens(platform);
    const answer = await introspect(access_token);
    expect([answer.status, answer.headers['content-type']]).toEqual([200, mediaType]);
    expect(answer.headers['cache-control']).toBe('no-store');
    const claims = await verify(answer.body);
    expect(claims).toEqual({
      iss: platform.issuer,
      aud: 'buildings-api',
      iat: platform.clock.nowSeconds(),
      token_introspection: (await introspect(access_token, 'application/json')).json,
    });
    expect(claims['token_introspection']).toMatchObject({
      active: true,
      aud: buildings,
      client_id: 'heatlens',
    });
  });

  it('gets it with a type that no token of the server has (§5, RFC 8725 §3.11)', async () => {
    const { access_token } = await obtainTokens(platform);
    const { body } = await introspect(access_token);
    expect(headerOf(body)).toMatchObject({ typ: 'token-introspection+jwt', alg: 'RS256' });
  });

  it.each([
    'application/json, application/token-introspection+jwt;q=0.5',
    'Application/Token-Introspection+JWT',
    ' application/token-introspection+jwt ; q=1',
  ])('may spell the media type in several ways: %s', async (accept) => {
    const { access_token } = await obtainTokens(platform);
    expect((await introspect(access_token, accept)).headers['content-type']).toBe(mediaType);
  });

  it.each([
    'application/json',
    '*/*',
    'application/*',
    '',
    `${mediaType};q=0`,
    `${mediaType};q=0.0`,
  ])('must name it: other values get JSON: %s', async (accept) => {
    const { access_token } = await obtainTokens(platform);
    const answer = await introspect(access_token, accept);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.json['active']).toBe(true);
  });
});

describe('the registration of the caller at introspection (§6)', () => {
  it('decides the algorithm', async () => {
    await restartWith({ introspection_signed_response_alg: 'ES256' });
    const { access_token } = await obtainTokens(platform);
    const { body } = await introspect(access_token);
    expect(headerOf(body)['alg']).toBe('ES256');
    await verify(body);
  });

  it('decides whether the answer is encrypted, for a key that nobody else has', async () => {
    const pair = await generateDecryptionPair('ECDH-ES');
    await restartWith({
      introspection_encrypted_response_alg: 'ECDH-ES',
      jwks: { keys: [pair.publicJwk] },
    });
    const { access_token } = await obtainTokens(platform);
    const answer = await introspect(access_token);
    expect(answer.headers['content-type']).toBe(mediaType);
    expect(headerOf(answer.body)).toMatchObject({
      alg: 'ECDH-ES',
      enc: 'A128CBC-HS256',
      cty: 'JWT',
    });
    const { text } = await decrypt(answer.body, [{ ...pair, algorithm: 'ECDH-ES' }]);
    expect((await verify(text))['token_introspection']).toMatchObject({ active: true });
  });
});

describe('where a profile requires signed introspection (FAPI 2.0 Message Signing §5.5.1),', () => {
  it('the answer is signed for each Accept header', async () => {
    await restartWith({ profile: 'fapi-2-message-signing', ...signingClient });
    const { access_token } = await obtainTokens(platform);
    const form = { token: access_token, ...assertionOf(platform, 'buildings-api') };
    const answer = await platform
      .browser()
      .post('/introspect', form, { accept: 'application/json' });
    expect([answer.status, answer.headers['content-type']]).toEqual([200, mediaType]);
    expect(headerOf(answer.body)['alg']).toBe('ES256');
    expect((await verify(answer.body))['token_introspection']).toMatchObject({ active: true });
  });
});

describe('the metadata about signed introspection (§7)', () => {
  it('lists the algorithms of the published keys', async () => {
    const { json } = await platform.get('/.well-known/oauth-authorization-server');
    expect(json['introspection_signing_alg_values_supported']).toEqual(['ES256', 'RS256']);
    expect(json['introspection_encryption_alg_values_supported']).toContain('ECDH-ES');
    expect(json['introspection_encryption_enc_values_supported']).toContain('A256GCM');
  });
});
