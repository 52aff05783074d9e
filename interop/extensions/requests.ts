/**
 * Pushed (RFC 9126) and signed requests (RFC 9101), and client authentication (RFC 7523, OpenID
 * Connect Core §9).
 */
import { CompactEncrypt, importJWK, type JSONWebKeySet } from 'jose';
import * as openid from 'openid-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { ada, rooms } from './configuration.ts';
import { attempt, connect, discover, type Setting } from './setting.ts';

export function describeRequests(get: () => Setting): void {
  describe('requests that are pushed and signed', () => {
    let signer: openid.Configuration;
    let pusher: openid.Configuration;

    beforeAll(async () => {
      const { keys, secrets } = get();
      const key = { key: keys.signing.pair.privateKey, kid: keys.signing.kid };
      signer = await discover(get(), 'signer', {}, openid.PrivateKeyJwt(key));
      pusher = await discover(get(), 'pusher', {}, openid.ClientSecretPost(secrets.get('pusher')));
    });

    /** The same key as a library holds it for request objects. */
    const signingKey = () => ({
      key: get().keys.signing.pair.privateKey,
      kid: get().keys.signing.kid,
    });

    async function finish(
      app: openid.Configuration,
      address: URL,
      checks: openid.AuthorizationCodeGrantChecks,
    ) {
      const back = await get().visitor.authorize(address, ada);
      const tokens = await openid.authorizationCodeGrant(app, back, checks);
      expect(tokens.scope).toBe('openid email offline_access rooms:read');
      return tokens;
    }

    it('pushes a request with a secret, and nothing of it stands in the address', async () => {
      const { checks, parameters } = await attempt();
      const address = await openid.buildAuthorizationUrlWithPAR(pusher, parameters);
      expect([...address.searchParams.keys()].sort()).toEqual(['client_id', 'request_uri']);
      await finish(pusher, address, checks);
    });

    it('refuses in the open what a client has to push', async () => {
      const { checks, parameters } = await attempt();
      const back = await get().visitor.authorize(
        openid.buildAuthorizationUrl(pusher, parameters),
        ada,
      );
      await expect(openid.authorizationCodeGrant(pusher, back, checks)).rejects.toMatchObject({
        error: 'invalid_request',
      });
    });

    it('refuses a push that asks for what the client may not have, as the library reads refusals', async () => {
      const { parameters } = await attempt({ scope: 'openid everything' });
      await expect(openid.buildAuthorizationUrlWithPAR(pusher, parameters)).rejects.toMatchObject({
        error: 'invalid_scope',
        status: 400,
      });
    });

    it('takes a signed request at the authorization endpoint', async () => {
      const { checks, parameters } = await attempt();
      const address = await openid.buildAuthorizationUrlWithJAR(signer, parameters, signingKey());
      expect([...address.searchParams.keys()].sort()).toEqual(['client_id', 'request']);
      await finish(signer, address, checks);
    });

    it('takes a signed request that is pushed by private_key_jwt', async () => {
      const { checks, parameters } = await attempt();
      const signed = await openid.buildAuthorizationUrlWithJAR(signer, parameters, signingKey());
      const request = signed.searchParams.get('request') ?? '';
      await finish(signer, await openid.buildAuthorizationUrlWithPAR(signer, { request }), checks);
    });

    it('takes a signed request that jose encrypted for each key that is published for it', async () => {
      const metadata = signer.serverMetadata();
      const { keys } = (await (await fetch(metadata.jwks_uri ?? '')).json()) as JSONWebKeySet;
      const published = keys.filter(({ use }) => use === 'enc');
      expect(published.length).toBeGreaterThan(1);
      for (const { alg = '', kid = '', ...jwk } of published) {
        const { checks, parameters } = await attempt();
        const signed = await openid.buildAuthorizationUrlWithJAR(signer, parameters, signingKey());
        const request = await new CompactEncrypt(
          Buffer.from(signed.searchParams.get('request') ?? ''),
        )
          .setProtectedHeader({ alg, enc: 'A256GCM', kid, cty: 'oauth-authz-req+jwt' })
          .encrypt(await importJWK(jwk, alg));
        await finish(signer, openid.buildAuthorizationUrl(signer, { request }), checks);
      }
    });

    it('takes resource, claims and max_age out of a signed request', async () => {
      const { checks, parameters } = await attempt({
        resource: rooms,
        max_age: '3600',
        claims: JSON.stringify({ id_token: { email: { essential: true } } }),
      });
      const address = await openid.buildAuthorizationUrlWithJAR(signer, parameters, signingKey());
      const tokens = await finish(signer, address, { ...checks, maxAge: 3600 });
      expect(tokens.claims()?.email).toBe(ada.email);
    });

    it('refuses an unsigned request of a client that has to sign', async () => {
      const { parameters } = await attempt();
      await expect(openid.buildAuthorizationUrlWithPAR(signer, parameters)).rejects.toMatchObject({
        status: 400,
      });
    });
  });

  describe('clients that sign an assertion', () => {
    it('serves client_secret_jwt through code and refresh', async () => {
      const app = await discover(
        get(),
        'hmac',
        {},
        openid.ClientSecretJwt(get().secrets.get('hmac')),
      );
      const { tokens } = await connect(get(), app);
      const next = await openid.refreshTokenGrant(app, tokens.refresh_token ?? '');
      expect(next.refresh_token).not.toBe(tokens.refresh_token);
    });

    it('serves private_key_jwt at revocation', async () => {
      const key = { key: get().keys.signing.pair.privateKey, kid: get().keys.signing.kid };
      const app = await discover(get(), 'signer', {}, openid.PrivateKeyJwt(key));
      await expect(openid.tokenRevocation(app, 'rt_made-up')).resolves.toBeUndefined();
    });

    it('takes an assertion for the token endpoint as well as one for the issuer, and none for others', async () => {
      const { keys, issuer } = get();
      const withAudience = (aud: string) =>
        discover(
          get(),
          'signer',
          {},
          openid.PrivateKeyJwt(
            { key: keys.signing.pair.privateKey, kid: keys.signing.kid },
            { [openid.modifyAssertion]: (_header, payload) => void (payload['aud'] = aud) },
          ),
        );
      const revoke = async (aud: string) =>
        openid.tokenRevocation(await withAudience(aud), 'rt_made-up');
      await expect(revoke(`${issuer}/token`)).resolves.toBeUndefined();
      await expect(revoke('https://elsewhere.example')).rejects.toMatchObject({ status: 401 });
    });
  });
}
