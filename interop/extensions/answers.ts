/**
 * Modes of the answer of the authorization endpoint: signed and encrypted (JARM), as a form, and
 * with an ID token (hybrid).
 */
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { insecure } from '../oauth4webapi-calls.ts';
import { ada, signatureAlgorithms } from './configuration.ts';
import { attempt, discover, discoverByHand, type Setting } from './setting.ts';

export function describeAnswers(get: () => Setting): void {
  describe('signed answers (JARM)', () => {
    it.each(signatureAlgorithms)('are verified by the library, by %s', async (alg) => {
      const app = await discover(get(), `signed-${alg}`, {
        authorization_signed_response_alg: alg,
        id_token_signed_response_alg: alg,
      });
      openid.useJwtResponseMode(app);
      const { checks, parameters } = await attempt();
      const back = await get().visitor.authorize(
        openid.buildAuthorizationUrl(app, parameters),
        ada,
      );
      expect([...back.searchParams.keys()]).toEqual(['response']);
      const tokens = await openid.authorizationCodeGrant(app, back, checks);
      expect(tokens.claims()?.sub).toMatch(/^usr_/);
    });

    it('are decrypted by the library, and so is the ID token', async () => {
      const app = await openSealed(get());
      openid.useJwtResponseMode(app);
      const { checks, parameters } = await attempt();
      const back = await get().visitor.authorize(
        openid.buildAuthorizationUrl(app, parameters),
        ada,
      );
      expect(back.searchParams.get('response')?.split('.')).toHaveLength(5);
      const tokens = await openid.authorizationCodeGrant(app, back, checks);
      const { id_token: idToken, authorization_response: response } =
        openid.getDecryptedResponses(tokens) ?? {};
      expect([response, idToken?.token_endpoint].map((jws) => jws?.split('.').length)).toEqual([
        3, 3,
      ]);
    });

    it.each(['query.jwt', 'fragment.jwt', 'form_post.jwt'])(
      'travel as %s, for oauth4webapi to verify',
      async (mode) => {
        const server = await discoverByHand(get());
        const client: oauth.Client = {
          client_id: 'signed-ES256',
          authorization_signed_response_alg: 'ES256',
        };
        const { checks, parameters } = await attempt({ response_mode: mode });
        const address = openid.buildAuthorizationUrl(
          await discover(get(), 'signed-ES256'),
          parameters,
        );
        const answer = await answerBy(get(), address, mode);
        const verified = await oauth.validateJwtAuthResponse(
          server,
          client,
          answer,
          checks.expectedState,
          insecure,
        );
        expect(verified.get('code')).toBeTypeOf('string');
      },
    );

    it('tell a refusal as well', async () => {
      const app = await discover(get(), 'signed-ES256', {
        authorization_signed_response_alg: 'ES256',
      });
      openid.useJwtResponseMode(app);
      const { checks, parameters } = await attempt({ prompt: 'consent' });
      const address = openid.buildAuthorizationUrl(app, parameters);
      const back = await get().visitor.authorize(address, ada, { answer: 'deny' });
      await expect(openid.authorizationCodeGrant(app, back, checks)).rejects.toMatchObject({
        error: 'access_denied',
      });
    });
  });

  describe('answers as a form', () => {
    it('are read by the library from the request of the browser', async () => {
      const app = await discover(get(), 'app');
      const { checks, parameters } = await attempt({ response_mode: 'form_post' });
      const request = await get().visitor.authorizeByForm(
        openid.buildAuthorizationUrl(app, parameters),
        ada,
      );
      const tokens = await openid.authorizationCodeGrant(app, request, checks);
      expect(tokens.token_type).toBe('bearer');
    });
  });

  describe('code and ID token together', () => {
    let app: openid.Configuration;
    beforeAll(async () => {
      app = await discover(get(), 'hybrid');
      openid.useCodeIdTokenResponseType(app);
    });

    it('come in the fragment, and the library finds the code under the hash in the ID token', async () => {
      const { checks, parameters } = await attempt();
      const back = await get().visitor.authorize(
        openid.buildAuthorizationUrl(app, parameters),
        ada,
      );
      expect(back.search).toBe('');
      const tokens = await openid.authorizationCodeGrant(app, back, checks);
      expect(tokens.claims()?.nonce).toBe(checks.expectedNonce);
    });

    it('are refused by the library when the code is another one', async () => {
      const { checks, parameters } = await attempt();
      const back = await get().visitor.authorize(
        openid.buildAuthorizationUrl(app, parameters),
        ada,
      );
      const fragment = new URLSearchParams(back.hash.slice(1));
      fragment.set('code', `${fragment.get('code')}x`);
      back.hash = fragment.toString();
      await expect(openid.authorizationCodeGrant(app, back, checks)).rejects.toMatchObject({
        cause: { cause: { claim: 'c_hash' } },
      });
    });

    it('come as a form as well, with the hash of the state that FAPI 1.0 asks for', async () => {
      const strict = await discover(get(), 'hybrid');
      openid.useCodeIdTokenResponseType(strict);
      openid.enableDetachedSignatureResponseChecks(strict);
      const { checks, parameters } = await attempt({ response_mode: 'form_post' });
      const request = await get().visitor.authorizeByForm(
        openid.buildAuthorizationUrl(strict, parameters),
        ada,
      );
      const tokens = await openid.authorizationCodeGrant(strict, request, checks);
      expect(tokens.access_token).toBeTypeOf('string');
    });

    it('and the ID token alone comes without any grant', async () => {
      const reader = await discover(get(), 'hybrid');
      openid.useIdTokenResponseType(reader);
      const { checks, parameters } = await attempt({ scope: 'openid email' });
      const { redirect_uri, scope, state, nonce } = parameters;
      const address = openid.buildAuthorizationUrl(reader, { redirect_uri, scope, state, nonce });
      const back = await get().visitor.authorize(address, ada);
      const claims = await openid.implicitAuthentication(reader, back, checks.expectedNonce, {
        expectedState: checks.expectedState,
      });
      expect(claims.email).toBe(ada.email);
    });
  });
}

/** The parameters of the answer, in any mode. */
async function answerBy(setting: Setting, address: URL, mode: string): Promise<URLSearchParams> {
  if (mode.startsWith('form_post'))
    return new URLSearchParams(await (await setting.visitor.authorizeByForm(address, ada)).text());
  const back = await setting.visitor.authorize(address, ada);
  return mode.startsWith('query') ? back.searchParams : new URLSearchParams(back.hash.slice(1));
}

/** The client with encrypted answers. */
export async function openSealed(setting: Setting): Promise<openid.Configuration> {
  const app = await discover(setting, 'sealed', {
    authorization_signed_response_alg: 'PS256',
    userinfo_signed_response_alg: 'ES256',
  });
  const { rsa, ecdh } = setting.keys;
  const keys = [rsa, ecdh].map(({ pair, kid }) => ({ key: pair.privateKey, kid }));
  openid.enableDecryptingResponses(app, ['A256GCM', 'A128CBC-HS256'], ...keys);
  return app;
}
