/**
 * The scope of access: single resources (RFC 9396), one API of several (RFC 8707), and clients that
 * register themselves (RFC 7591, 7592).
 */
import { decodeJwt } from 'jose';
import * as openid from 'openid-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { ada, bills, callback, rooms } from './configuration.ts';
import { attempt, connect, discover, type Setting } from './setting.ts';

const details = [{ type: 'room_access', actions: ['open'], rooms: ['7', '8'] }];

export function describeAccess(get: () => Setting): void {
  let app: openid.Configuration;
  beforeAll(async () => {
    app = await discover(get(), 'app');
  });

  describe('rich authorization requests', () => {
    it('come back in the answer and in the access token, and stay over a refresh', async () => {
      const { tokens } = await connect(get(), app, {
        authorization_details: JSON.stringify(details),
      });
      expect(tokens.authorization_details).toMatchObject(details);
      expect(decodeJwt(tokens.access_token)['authorization_details']).toMatchObject(details);
      const next = await openid.refreshTokenGrant(app, tokens.refresh_token ?? '');
      expect(next.authorization_details).toEqual(tokens.authorization_details);
    });

    it('are refused when they are of no type that is declared', async () => {
      const { checks, parameters } = await attempt({
        authorization_details: '[{"type":"everything"}]',
      });
      const back = await get().visitor.authorize(
        openid.buildAuthorizationUrl(app, parameters),
        ada,
      );
      await expect(openid.authorizationCodeGrant(app, back, checks)).rejects.toMatchObject({
        error: 'invalid_authorization_details',
      });
    });
  });

  describe('resource indicators', () => {
    it('give one API at a time of those that the person agreed to', async () => {
      const { checks, parameters } = await attempt({
        scope: 'openid offline_access rooms:read bills:read',
      });
      const address = openid.buildAuthorizationUrl(app, parameters);
      address.searchParams.append('resource', rooms);
      address.searchParams.append('resource', bills);
      const back = await get().visitor.authorize(address, ada);
      const first = await openid.authorizationCodeGrant(app, back, checks, { resource: rooms });
      const next = await openid.refreshTokenGrant(app, first.refresh_token ?? '', {
        resource: bills,
      });
      expect([first, next].map((tokens) => decodeJwt(tokens.access_token).aud)).toEqual([
        rooms,
        bills,
      ]);
      expect([first.scope, next.scope]).toEqual([
        'openid offline_access rooms:read',
        'openid offline_access bills:read',
      ]);
    });

    it('refuse an API that was not asked for', async () => {
      const { tokens } = await connect(get(), app, { resource: rooms });
      const token = tokens.refresh_token ?? '';
      await expect(openid.refreshTokenGrant(app, token, { resource: bills })).rejects.toMatchObject(
        {
          error: 'invalid_target',
        },
      );
    });
  });

  describe('dynamic registration', () => {
    const execute = [openid.allowInsecureRequests, openid.enableNonRepudiationChecks];
    const metadata = { client_name: 'Newcomer', redirect_uris: [callback], scope: 'openid email' };

    it('makes a client that the library can sign people in with at once', async () => {
      const own = await openid.dynamicClientRegistration(
        new URL(get().issuer),
        metadata,
        undefined,
        {
          execute,
        },
      );
      const { checks, parameters } = await attempt({ scope: 'openid email' });
      const back = await get().visitor.authorize(
        openid.buildAuthorizationUrl(own, parameters),
        ada,
      );
      const tokens = await openid.authorizationCodeGrant(own, back, checks);
      const person = await openid.fetchUserInfo(
        own,
        tokens.access_token,
        tokens.claims()?.sub ?? '',
      );
      expect(person.email).toBe(ada.email);
    });

    it('registers keys and methods, and shows them to whoever has the registration token', async () => {
      const { signing } = get().keys;
      const own = await openid.dynamicClientRegistration(
        new URL(get().issuer),
        {
          ...metadata,
          jwks: { keys: [signing.jwk as unknown as openid.JWK] },
          token_endpoint_auth_method: 'private_key_jwt',
          require_pushed_authorization_requests: true,
          id_token_signed_response_alg: 'EdDSA',
        },
        openid.PrivateKeyJwt({ key: signing.pair.privateKey, kid: signing.kid }),
        { execute },
      );
      const { checks, parameters } = await attempt({ scope: 'openid email' });
      const address = await openid.buildAuthorizationUrlWithPAR(own, parameters);
      const back = await get().visitor.authorize(address, ada);
      await expect(openid.authorizationCodeGrant(own, back, checks)).resolves.toMatchObject({
        scope: 'openid email',
      });
      const { registration_access_token: token, registration_client_uri: uri } =
        own.clientMetadata();
      const response = await openid.fetchProtectedResource(
        own,
        token as string,
        new URL(uri as string),
        'GET',
      );
      expect(await response.json()).toMatchObject({
        client_id: own.clientMetadata().client_id,
        token_endpoint_auth_method: 'private_key_jwt',
        require_pushed_authorization_requests: true,
      });
    });

    it('refuses in the words of RFC 7591', async () => {
      const bad = { ...metadata, redirect_uris: ['http://app.example/callback'] };
      await expect(
        openid.dynamicClientRegistration(new URL(get().issuer), bad, undefined, { execute }),
      ).rejects.toMatchObject({ error: 'invalid_redirect_uri', status: 400 });
    });
  });
}
