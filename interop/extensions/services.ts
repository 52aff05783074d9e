/**
 * Services: introspection as a signed JWT (RFC 9701), token exchange (RFC 8693), assertions as
 * grants (RFC 7523).
 */
import { randomUUID } from 'node:crypto';
import { decodeJwt, SignJWT } from 'jose';
import { jwtBearerGrant, tokenExchangeGrant } from '@keywright/wire';
import * as openid from 'openid-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { ada, bills, partner, rooms } from './configuration.ts';
import { connect, discover, type Setting } from './setting.ts';

const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token';

export function describeServices(get: () => Setting): void {
  describe('introspection as a signed JWT', () => {
    it('is verified by the library', async () => {
      const api = await discover(get(), 'rooms-api', {
        introspection_signed_response_alg: 'ES256',
      });
      const { tokens } = await connect(get(), await discover(get(), 'app'), { resource: rooms });
      const told = await openid.tokenIntrospection(api, tokens.access_token);
      expect(told).toMatchObject({
        active: true,
        aud: rooms,
        sub: tokens.claims()?.sub,
        client_id: 'app',
      });
      expect(await openid.tokenIntrospection(api, 'made-up')).toEqual({ active: false });
    });

    it('is decrypted by the library where the API wants it encrypted', async () => {
      const api = await discover(get(), 'bills-api', {
        introspection_signed_response_alg: 'PS256',
      });
      const { pair, kid } = get().keys.ecdh;
      openid.enableDecryptingResponses(api, ['A128CBC-HS256'], { key: pair.privateKey, kid });
      const scope = 'openid bills:read';
      const { tokens } = await connect(get(), await discover(get(), 'app'), {
        scope,
        resource: bills,
      });
      const told = await openid.tokenIntrospection(api, tokens.access_token);
      expect(told).toMatchObject({ active: true, aud: bills, scope });
      expect(openid.getDecryptedResponses(told)?.split('.')).toHaveLength(3);
    });
  });

  describe('token exchange', () => {
    let gateway: openid.Configuration;
    let brought: string;
    beforeAll(async () => {
      gateway = await discover(get(), 'gateway');
      const app = await discover(get(), 'app');
      brought = (await connect(get(), app, { resource: rooms })).tokens.access_token;
    });

    const exchange = (parameters: Readonly<Record<string, string>>) =>
      openid.genericGrantRequest(gateway, tokenExchangeGrant, {
        subject_token: brought,
        subject_token_type: accessTokenType,
        ...parameters,
      });

    it('gives a token for the person at another API: impersonation', async () => {
      const tokens = await exchange({ audience: bills, scope: 'rooms:read' });
      expect(tokens['issued_token_type']).toBe(accessTokenType);
      const claims = decodeJwt(tokens.access_token);
      expect(claims).toMatchObject({
        sub: decodeJwt(brought).sub,
        aud: bills,
        client_id: 'gateway',
      });
      expect(claims).not.toHaveProperty('act');
    });

    it('says who acts: delegation', async () => {
      const own = await openid.clientCredentialsGrant(gateway, {
        resource: rooms,
        scope: 'rooms:read',
      });
      const tokens = await exchange({
        actor_token: own.access_token,
        actor_token_type: accessTokenType,
        resource: rooms,
      });
      expect(decodeJwt(tokens.access_token)).toMatchObject({
        sub: decodeJwt(brought).sub,
        act: { sub: 'gateway' },
      });
    });

    it('binds what it gives to the key of the service', async () => {
      const DPoP = openid.getDPoPHandle(gateway, await openid.randomDPoPKeyPair());
      const parameters = {
        subject_token: brought,
        subject_token_type: accessTokenType,
        audience: rooms,
      };
      const tokens = await openid.genericGrantRequest(gateway, tokenExchangeGrant, parameters, {
        DPoP,
      });
      expect(tokens.token_type).toBe('dpop');
      expect(decodeJwt(tokens.access_token)['cnf']).toEqual({
        jkt: await DPoP.calculateThumbprint(),
      });
    });

    it('widens nothing', async () => {
      await expect(exchange({ audience: rooms, scope: 'rooms:write' })).rejects.toMatchObject({
        error: 'invalid_scope',
      });
      await expect(exchange({ audience: 'https://elsewhere.example' })).rejects.toMatchObject({
        error: 'invalid_target',
      });
      await expect(exchange({ subject_token: 'made-up', audience: rooms })).rejects.toMatchObject({
        error: 'invalid_request',
      });
    });
  });

  describe('an assertion as a grant', () => {
    function sign(sub: string): Promise<string> {
      const { pair, kid } = get().keys.partner;
      return new SignJWT({})
        .setProtectedHeader({ alg: 'PS256', kid })
        .setIssuer(partner)
        .setSubject(sub)
        .setAudience(get().issuer)
        .setExpirationTime('1m')
        .setIssuedAt()
        .setJti(randomUUID())
        .sign(pair.privateKey);
    }

    it('gives a token for the person once', async () => {
      const sync = await discover(get(), 'sync');
      const assertion = await sign(ada.email);
      const parameters = { assertion, resource: rooms, scope: 'rooms:read' };
      const tokens = await openid.genericGrantRequest(sync, jwtBearerGrant, parameters);
      expect(decodeJwt(tokens.access_token)).toMatchObject({ aud: rooms, client_id: 'sync' });
      expect(tokens.refresh_token).toBeUndefined();
      await expect(
        openid.genericGrantRequest(sync, jwtBearerGrant, parameters),
      ).rejects.toMatchObject({
        error: 'invalid_grant',
      });
    });

    it('gives nothing for somebody whom nobody knows', async () => {
      const sync = await discover(get(), 'sync');
      const parameters = { assertion: await sign('nobody@example.com'), resource: rooms };
      await expect(
        openid.genericGrantRequest(sync, jwtBearerGrant, parameters),
      ).rejects.toMatchObject({
        error: 'invalid_grant',
        status: 400,
      });
    });
  });
}
