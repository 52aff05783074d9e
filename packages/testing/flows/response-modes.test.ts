/**
 * Modes of the answer: as a form that posts itself (Form Post Response Mode), and as one signed
 * token (JARM).
 */
import { createHash, generateKeyPairSync } from 'node:crypto';
import { importKeySet, verifyJwt } from '@keywright/jwt';
import { compactDecrypt } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readForm, type TestPlatform } from '../src/index.ts';
import {
  createAuthorizePlatform,
  goThrough,
  push,
  shortLink,
  toldIn,
} from './authorize-setting.ts';
import {
  authorizeLink,
  callback,
  claimsOf,
  headerOf,
  nativeCallback,
  redeem,
  spaCallback,
  tokensOf,
} from './sunrise.ts';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createAuthorizePlatform();
});
afterEach(() => platform.close());

describe('the response mode form_post', () => {
  it('is a page with a form to the redirect URI that contains the answer, and no part of it is in an address (Form Post §2)', async () => {
    const answer = await goThrough(platform, authorizeLink({ response_mode: 'form_post' }));
    expect(answer.status).toBe(200);
    expect(answer.headers).not.toHaveProperty('location');
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.json).toMatchObject({
      page: 'form-post',
      form: { action: callback },
      returnHost: 'heatlens.example',
    });
    const { code = '', ...rest } = readForm(answer);
    expect(rest).toEqual({ state: 'af0ifjsldkj', iss: platform.issuer });
    tokensOf(await redeem(platform, code));
  });

  it('runs one script, which its policy allows by hash, and can post only to the application', async () => {
    const answer = await goThrough(platform, authorizeLink({ response_mode: 'form_post' }));
    const hash = createHash('sha256').update(String(answer.json['script'])).digest('base64');
    const policy = answer.headers['content-security-policy'] ?? '';
    expect(policy).toContain(`script-src 'sha256-${hash}';`);
    expect(policy).toContain("form-action 'self' https:;");
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|javascript|data:[^;]*script/);
    expect(answer.headers['referrer-policy']).toBe('no-referrer');
    const other = await platform.browser().get('/sign-in');
    expect(other.headers['content-security-policy']).not.toContain('script-src');
  });

  it.each([
    `"><script>alert(1)</script>`,
    `' onload='alert(1)`,
    'javascript:alert(1)',
    '</form><form action=//evil.example>',
    '&quot;',
  ])('returns the state as it came, with any content: %s', async (state) => {
    const answer = await goThrough(platform, authorizeLink({ response_mode: 'form_post', state }));
    expect(readForm(answer)['state']).toBe(state);
  });

  it('also carries errors', async () => {
    const told = readForm(
      await platform
        .browser()
        .get(authorizeLink({ response_mode: 'form_post', scope: 'openid nonsense' })),
    );
    expect(told).toMatchObject({
      error: 'invalid_scope',
      state: 'af0ifjsldkj',
      iss: platform.issuer,
    });
  });

  it('is refused for an address that a form cannot be posted to, such as an application’s own scheme', async () => {
    const words = { client_id: 'native', redirect_uri: nativeCallback, scope: 'buildings:read' };
    const { location } = await platform
      .browser()
      .get(authorizeLink({ ...words, response_mode: 'form_post' }));
    expect(location.protocol).toBe('com.example.app:');
    expect(location.searchParams.get('error')).toBe('invalid_request');
  });
});

describe('a response mode of JARM', () => {
  async function keysOf() {
    return importKeySet((await platform.get('/jwks')).json);
  }

  async function verifyResponse(told: URLSearchParams): Promise<Readonly<Record<string, unknown>>> {
    expect([...told.keys()]).toEqual(['response']);
    const { claims } = verifyJwt(told.get('response') ?? '', {
      keys: await keysOf(),
      typ: 'JWT',
      issuer: platform.issuer,
      audience: 'heatlens',
      nowSeconds: platform.clock.nowSeconds(),
    });
    return claims;
  }

  it.each(['jwt', 'query.jwt', 'fragment.jwt', 'form_post.jwt'])(
    'carries, as %s, the whole answer in one signed token, with iss, aud and exp (JARM §2.1, §2.3)',
    async (mode) => {
      const answer = await goThrough(platform, authorizeLink({ response_mode: mode }));
      const claims = await verifyResponse(toldIn(answer));
      expect(claims).toEqual({
        iss: platform.issuer,
        aud: 'heatlens',
        exp: platform.clock.nowSeconds() + 300,
        code: expect.any(String),
        state: 'af0ifjsldkj',
      });
      tokensOf(await redeem(platform, String(claims['code'])));
      if (mode === 'form_post.jwt') expect(answer.json['page']).toBe('form-post');
      else expect(answer.location.hash === '').toBe(mode !== 'fragment.jwt');
    },
  );

  it('also carries errors (§2.1)', async () => {
    const claims = await verifyResponse(
      toldIn(
        await platform
          .browser()
          .get(authorizeLink({ response_mode: 'jwt', scope: 'openid nonsense' })),
      ),
    );
    expect(claims).toMatchObject({ error: 'invalid_scope', state: 'af0ifjsldkj', aud: 'heatlens' });
    const silent = await verifyResponse(
      toldIn(await platform.browser().get(authorizeLink({ response_mode: 'jwt', prompt: 'none' }))),
    );
    expect(silent).toMatchObject({ error: 'login_required' });
  });

  it('is signed with RS256 by default, and with the algorithm that the client registered (§3)', async () => {
    const byDefault = toldIn(await goThrough(platform, authorizeLink({ response_mode: 'jwt' })));
    expect(headerOf(byDefault.get('response') ?? '')['alg']).toBe('RS256');
    await platform.close();
    platform = await createAuthorizePlatform({ authorization_signed_response_alg: 'ES256' });
    const chosen = toldIn(await goThrough(platform, authorizeLink({ response_mode: 'jwt' })));
    expect(headerOf(chosen.get('response') ?? '')['alg']).toBe('ES256');
  });

  it('is also encrypted for a key that the client registered (§2.2)', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const jwk = { ...publicKey.export({ format: 'jwk' }), use: 'enc', kid: 'for-answers' };
    await platform.close();
    platform = await createAuthorizePlatform({
      jwks: { keys: [jwk] },
      authorization_encrypted_response_alg: 'RSA-OAEP-256',
    });
    const sealed =
      toldIn(await goThrough(platform, authorizeLink({ response_mode: 'jwt' }))).get('response') ??
      '';
    const { plaintext, protectedHeader } = await compactDecrypt(sealed, privateKey);
    expect(protectedHeader).toMatchObject({
      alg: 'RSA-OAEP-256',
      enc: 'A128CBC-HS256',
      cty: 'JWT',
      kid: 'for-answers',
    });
    const claims = await verifyResponse(
      new URLSearchParams({ response: Buffer.from(plaintext).toString() }),
    );
    tokensOf(await redeem(platform, String(claims['code'])));
  });

  it('that cannot be encrypted as the client registered is not sent: a page is shown instead', async () => {
    await platform.close();
    platform = await createAuthorizePlatform({
      authorization_encrypted_response_alg: 'RSA-OAEP-256',
    });
    const answer = await goThrough(platform, authorizeLink({ response_mode: 'jwt' }));
    expect([answer.status, answer.reason]).toEqual([400, 'client_keys_unusable']);
    expect(answer.headers).not.toHaveProperty('location');
  });

  it('is refused where the feature is off, and then not in the metadata', async () => {
    await platform.close();
    platform = await createAuthorizePlatform({}, { features: { securedResponses: false } });
    const told = toldIn(await platform.browser().get(authorizeLink({ response_mode: 'jwt' })));
    expect(told.get('error')).toBe('invalid_request');
    const metadata = (await platform.get('/.well-known/openid-configuration')).json;
    expect(metadata['response_modes_supported']).toEqual(['query', 'fragment', 'form_post']);
    expect(metadata).not.toHaveProperty('authorization_signing_alg_values_supported');
  });

  it('is in the metadata (§4)', async () => {
    expect((await platform.get('/.well-known/openid-configuration')).json).toMatchObject({
      response_modes_supported: [
        'query',
        'fragment',
        'form_post',
        'jwt',
        'query.jwt',
        'fragment.jwt',
        'form_post.jwt',
      ],
      authorization_signing_alg_values_supported: ['ES256', 'RS256'],
      authorization_encryption_alg_values_supported: expect.arrayContaining([
        'RSA-OAEP-256',
        'ECDH-ES',
      ]),
      authorization_encryption_enc_values_supported: expect.arrayContaining([
        'A256GCM',
        'A128CBC-HS256',
      ]),
    });
  });

  it('works for a pushed request as well', async () => {
    const request_uri = await push(platform, { response_mode: 'jwt' });
    const claims = await verifyResponse(
      toldIn(await goThrough(platform, shortLink({ request_uri }))),
    );
    expect(claims['code']).toBeDefined();
  });
});

describe('the choice of the response mode', () => {
  it('is limited to the registered ones, where the client registered any (ASVS 10.4.12)', async () => {
    await platform.close();
    platform = await createAuthorizePlatform({ response_modes: ['form_post', 'jwt'] });
    for (const response_mode of ['query', 'fragment', 'fragment.jwt', 'query.jwt', undefined])
      expect(
        toldIn(await platform.browser().get(authorizeLink({ response_mode }))).get('error'),
      ).toBe('invalid_request');
    for (const response_mode of ['form_post', 'jwt'])
      expect(
        (await platform.browser().get(authorizeLink({ response_mode }))).location.pathname,
      ).toBe('/sign-in');
  });

  it('is never the query for a token, signed or not (Multiple Response Types §5, JARM §2.3.1)', async () => {
    for (const response_mode of ['query', 'query.jwt']) {
      const { location } = await platform.browser().get(
        authorizeLink({
          client_id: 'spa',
          redirect_uri: spaCallback,
          response_type: 'token',
          response_mode,
        }),
      );
      expect(location.search).toBe('');
      expect(new URLSearchParams(location.hash.slice(1)).get('error')).toBe('invalid_request');
    }
  });

  it('is the fragment for jwt where there are tokens (JARM §2.3.4)', async () => {
    const words = {
      client_id: 'spa',
      redirect_uri: spaCallback,
      response_type: 'id_token token',
      response_mode: 'jwt',
    };
    const { location } = await goThrough(platform, authorizeLink(words));
    const response = new URLSearchParams(location.hash.slice(1)).get('response') ?? '';
    expect(claimsOf(response)).toMatchObject({
      token_type: 'Bearer',
      expires_in: '600',
      id_token: expect.any(String),
    });
  });
});
