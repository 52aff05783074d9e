/**
 * DPoP with nonces of the server in every step of one application (RFC 9449), as openid-client does
 * it.
 */
import * as openid from 'openid-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { ada } from './configuration.ts';
import { attempt, discover, send, type Setting } from './setting.ts';

const redirectUri = 'com.example.pocket:/callback';

export function describeBound(get: () => Setting): void {
  describe('DPoP with a nonce of the server', () => {
    let app: openid.Configuration;
    let DPoP: openid.DPoPHandle;

    beforeAll(async () => {
      app = await discover(get(), 'pocket');
      DPoP = openid.getDPoPHandle(app, await openid.randomDPoPKeyPair('ES256'));
    });

    async function connect(handle: openid.DPoPHandle) {
      const { checks, parameters } = await attempt({
        redirect_uri: redirectUri,
        dpop_jkt: await handle.calculateThumbprint(),
      });
      const back = await get().visitor.authorize(
        openid.buildAuthorizationUrl(app, parameters),
        ada,
      );
      return { back, checks };
    }

    it('leads from the code by refresh to userinfo, and the library tells the nonce by itself', async () => {
      const { back, checks } = await connect(DPoP);
      const first = await openid.authorizationCodeGrant(app, back, checks, {}, { DPoP });
      const second = await openid.refreshTokenGrant(app, first.refresh_token ?? '', {}, { DPoP });
      expect([first.token_type, second.token_type]).toEqual(['dpop', 'dpop']);
      const subject = first.claims()?.sub ?? '';
      const person = await openid.fetchUserInfo(app, second.access_token, subject, { DPoP });
      expect(person.email).toBe(ada.email);
    });

    it('asks a library that has never heard a nonce once more, and spends nothing before that', async () => {
      const fresh = await discover(get(), 'pocket');
      let refused = 0;
      fresh[openid.customFetch] = async (address, options) => {
        const response = await send(address, options);
        if (response.headers.has('dpop-nonce') && response.status >= 400) refused += 1;
        return response;
      };
      const handle = openid.getDPoPHandle(fresh, await openid.randomDPoPKeyPair('EdDSA'));
      const { back, checks } = await connect(handle);
      const tokens = await openid.authorizationCodeGrant(fresh, back, checks, {}, { DPoP: handle });
      expect([tokens.token_type, refused]).toEqual(['dpop', 1]);
    });

    it('refuses the refresh token of a public client to another key, and keeps it for the right one', async () => {
      const { back, checks } = await connect(DPoP);
      const { refresh_token: token = '' } = await openid.authorizationCodeGrant(
        app,
        back,
        checks,
        {},
        { DPoP },
      );
      const other = openid.getDPoPHandle(app, await openid.randomDPoPKeyPair('ES256'));
      await expect(openid.refreshTokenGrant(app, token, {}, { DPoP: other })).rejects.toMatchObject(
        {
          error: 'invalid_grant',
        },
      );
      await expect(openid.refreshTokenGrant(app, token, {}, { DPoP })).resolves.toMatchObject({
        token_type: 'dpop',
      });
    });

    it('refuses the code to another key than the request named', async () => {
      const { back, checks } = await connect(DPoP);
      const other = openid.getDPoPHandle(app, await openid.randomDPoPKeyPair('ES256'));
      await expect(
        openid.authorizationCodeGrant(app, back, checks, {}, { DPoP: other }),
      ).rejects.toMatchObject({
        status: 400,
      });
    });

    it('refuses a bound token at userinfo as bearer', async () => {
      const { back, checks } = await connect(DPoP);
      const tokens = await openid.authorizationCodeGrant(app, back, checks, {}, { DPoP });
      await expect(
        openid.fetchUserInfo(app, tokens.access_token, openid.skipSubjectCheck),
      ).rejects.toMatchObject({
        status: 401,
      });
    });

    it('binds a code by the proof of the pushed request', async () => {
      const pusher = await discover(
        get(),
        'pusher',
        {},
        openid.ClientSecretPost(get().secrets.get('pusher')),
      );
      const handle = openid.getDPoPHandle(pusher, await openid.randomDPoPKeyPair('ES256'));
      const { checks, parameters } = await attempt();
      const address = await openid.buildAuthorizationUrlWithPAR(pusher, parameters, {
        DPoP: handle,
      });
      const back = await get().visitor.authorize(address, ada);
      await expect(openid.authorizationCodeGrant(pusher, back, checks)).rejects.toMatchObject({
        status: 400,
      });
      const tokens = await openid.authorizationCodeGrant(
        pusher,
        back,
        checks,
        {},
        { DPoP: handle },
      );
      expect(tokens.token_type).toBe('dpop');
    });
  });
}
