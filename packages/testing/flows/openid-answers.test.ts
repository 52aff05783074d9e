import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { importKeySet, verifyJwt } from '@keywright/jwt';
import { compactDecrypt, compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import type { ClientRegistration } from '@keywright/core';
import type { TestPlatform } from '../src/index.ts';
import {
  ada,
  createOpenIdPlatform,
  obtainCodeFor,
  signInTo,
  userinfo,
  web,
} from './openid-setting.ts';
import { redeem } from './sunrise.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwks = {
  keys: [
    { ...rsa.publicKey.export({ format: 'jwk' }), kid: 'rsa', use: 'enc' },
    { ...ec.publicKey.export({ format: 'jwk' }), kid: 'ec', use: 'enc' },
  ],
};

let platform: TestPlatform;
afterEach(() => platform.close());

const open = async (members: Partial<ClientRegistration>) => {
  platform = await createOpenIdPlatform([{ ...web, ...members }]);
};

async function decrypt(message: string, key: KeyObject) {
  const { plaintext, protectedHeader } = await compactDecrypt(message, key);
  return { text: Buffer.from(plaintext).toString('utf8'), header: protectedHeader };
}

async function publishedKeys() {
  return createLocalJWKSet((await platform.get('/jwks')).json as unknown as JSONWebKeySet);
}

async function verify(jwt: string) {
  const keys = importKeySet((await platform.get('/jwks')).json);
  const nowSeconds = platform.clock.nowSeconds();
  return verifyJwt(jwt, {
    keys,
    typ: 'JWT',
    issuer: platform.issuer,
    audience: 'heatlens',
    nowSeconds,
  });
}

describe('userinfo for a client that registered for more than JSON (OpenID Connect Core §5.3.2)', () => {
  it('is signed, with iss and aud, as application/jwt, and has no exp, so it cannot be used as an ID token', async () => {
    await open({ userinfo_signed_response_alg: 'RS256' });
    const { access_token, id_token } = await signInTo(platform, { scope: 'openid email' });
    const answer = await userinfo(platform, access_token);
    expect(answer.headers['content-type']).toBe('application/jwt');
    expect(answer.headers['cache-control']).toBe('no-store');
    const { payload, protectedHeader } = await compactVerify(answer.body, await publishedKeys());
    expect(protectedHeader).toMatchObject({ alg: 'RS256', typ: 'JWT' });
    const { sub } = (await verify(id_token)).claims;
    expect(JSON.parse(Buffer.from(payload).toString('utf8'))).toEqual({
      sub,
      email: ada,
      email_verified: true,
      iss: platform.issuer,
      aud: 'heatlens',
      iat: platform.clock.nowSeconds(),
    });
  });

  it('is encrypted without a signature where none was registered', async () => {
    await open({
      jwks,
      userinfo_encrypted_response_alg: 'RSA-OAEP-256',
      userinfo_encrypted_response_enc: 'A256GCM',
    });
    const { access_token } = await signInTo(platform, { scope: 'openid email' });
    const answer = await userinfo(platform, access_token);
    expect(answer.headers['content-type']).toBe('application/jwt');
    const { text, header } = await decrypt(answer.body, rsa.privateKey);
    expect(header).toMatchObject({ alg: 'RSA-OAEP-256', enc: 'A256GCM', kid: 'rsa' });
    expect(header).not.toHaveProperty('cty');
    expect(JSON.parse(text)).toMatchObject({ email: ada });
  });

  it('is signed and then encrypted, where both were registered: a nested JWT (RFC 7519 §5.2)', async () => {
    await open({
      jwks,
      userinfo_signed_response_alg: 'ES256',
      userinfo_encrypted_response_alg: 'ECDH-ES+A128KW',
    });
    const { access_token } = await signInTo(platform, { scope: 'openid email' });
    const { text, header } = await decrypt(
      (await userinfo(platform, access_token)).body,
      ec.privateKey,
    );
    expect(header).toMatchObject({ alg: 'ECDH-ES+A128KW', enc: 'A128CBC-HS256', cty: 'JWT' });
    const { payload } = await compactVerify(text, await publishedKeys());
    expect(JSON.parse(Buffer.from(payload).toString('utf8'))).toMatchObject({
      email: ada,
      aud: 'heatlens',
    });
  });
});

describe('an ID token encrypted for the client (OpenID Connect Core §2, §10.2)', () => {
  it('is signed and then encrypted', async () => {
    await open({ jwks, id_token_encrypted_response_alg: 'RSA-OAEP-256' });
    const { id_token, access_token } = await signInTo(platform, { scope: 'openid' });
    expect(id_token.split('.')).toHaveLength(5);
    const { text, header } = await decrypt(id_token, rsa.privateKey);
    expect(header).toMatchObject({ alg: 'RSA-OAEP-256', cty: 'JWT' });
    expect((await verify(text)).claims).toMatchObject({ aud: 'heatlens', nonce: 'n-0S6_WzA2Mj' });
    // The access token is for an API, not for the client.
    expect(access_token.split('.')).toHaveLength(3);
  });

  it('does not spend the code when the key cannot be fetched: the same code works later', async () => {
    let isThere = false;
    platform = await createOpenIdPlatform(
      [
        {
          ...web,
          jwks_uri: 'https://heatlens.example/jwks',
          id_token_encrypted_response_alg: 'RSA-OAEP-256',
        },
      ],
      {
        ports: () => ({
          outbound: {
            send: async () => {
              if (!isThere) throw new Error('unreachable');
              return { status: 200, text: JSON.stringify(jwks), maxAgeSeconds: undefined };
            },
          },
        }),
      },
    );
    const code = await obtainCodeFor(platform, { scope: 'openid' });
    const refused = await redeem(platform, code);
    expect(refused.status).toBeLessThan(500);
    expect(refused.json).not.toHaveProperty('access_token');
    isThere = true;
    platform.clock.advance(40);
    const { id_token } = (await redeem(platform, code)).json;
    expect(String(id_token).split('.')).toHaveLength(5);
  });
});
