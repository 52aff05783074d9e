/**
 * examples/conformance/fapi-2.yaml: two of its clients under the Security Profile, and under
 * Message Signing; behind a path.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { decodeJwt, importJWK, type JWK } from 'jose';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createSelfSigned,
  thumbprintOf,
} from '../../packages/jwt/src/testing-parts/certificates.ts';
import { attempt } from '../extensions/setting.ts';
import { root } from '../process.ts';
import { ada, type Bench, discover, startBench } from './bench.ts';

const callback = 'https://localhost.emobix.co.uk:8443/test/a/keywright/callback';
const clientIds = ['fapi-client-1', 'fapi-client-2'] as const;
const api = 'https://api.conformance.example/';

type Keeper = (typeof clientIds)[number] | 'fapi-service';
type KeyFile = Readonly<Record<Keeper, { readonly keys: readonly JWK[] }>>;
const keyFile = JSON.parse(
  readFileSync(path.join(root, 'examples/conformance/fapi-2-client-keys.json'), 'utf8'),
) as KeyFile;

async function keyOf(client: Keeper): Promise<oauth.PrivateKey> {
  const [jwk = {}] = keyFile[client].keys;
  const key = await importJWK(jwk, 'ES256');
  if (key instanceof Uint8Array || jwk.kid === undefined)
    throw new Error(`${client} has no key with a name`);
  return { key, kid: jwk.kid };
}

const scope = 'openid email offline_access accounts';
const attemptHere = (extra: Readonly<Record<string, string>> = {}) =>
  attempt({ redirect_uri: callback, scope, ...extra });

export function describeFapi(): void {
  describe('fapi-2.yaml, behind a path', () => {
    let bench: Bench;
    beforeAll(async () => {
      bench = await startBench({ file: 'fapi-2.yaml', path: '/op' });
    });
    afterAll(() => bench?.stop());

    it('is discovered in both ways', async () => {
      const issuer = new URL(bench.issuer);
      for (const algorithm of ['oidc', 'oauth2'] as const) {
        const how = { algorithm, [oauth.customFetch]: bench.fetch as openid.CustomFetch };
        const server = await oauth.processDiscoveryResponse(
          issuer,
          await oauth.discoveryRequest(issuer, how),
        );
        expect(server.require_pushed_authorization_requests).toBe(true);
        expect(server.jwks_uri).toBe(`${bench.issuer}/jwks`);
      }
    });

    it.each(clientIds)(
      'takes %s through pushed request, DPoP, refresh and userinfo',
      async (client) => {
        const app = await discover(bench, client, openid.PrivateKeyJwt(await keyOf(client)), {
          id_token_signed_response_alg: 'ES256',
        });
        const DPoP = openid.getDPoPHandle(app, await openid.randomDPoPKeyPair('ES256'));
        const { checks, parameters } = await attemptHere();
        const address = await openid.buildAuthorizationUrlWithPAR(app, parameters, { DPoP });
        const back = await bench.visitor.authorize(address, ada);
        const first = await openid.authorizationCodeGrant(app, back, checks, {}, { DPoP });
        const next = await openid.refreshTokenGrant(app, first.refresh_token ?? '', {}, { DPoP });
        expect(next.token_type).toBe('dpop');
        // FAPI 2.0 Security Profile §5.3.2.1: no rotation.
        await expect(
          openid.refreshTokenGrant(app, first.refresh_token ?? '', {}, { DPoP }),
        ).resolves.toHaveProperty('access_token');
        const person = await openid.fetchUserInfo(
          app,
          next.access_token,
          first.claims()?.sub ?? '',
          { DPoP },
        );
        expect(person.email).toBe(ada.email);
      },
    );

    it.each(clientIds)('takes %s with a certificate in place of DPoP', async (client) => {
      const certificate = createSelfSigned({ subject: [['CN', client]] });
      const shown = { issuer: bench.issuer, fetch: bench.fetchAs(certificate) };
      const app = await discover(shown, client, openid.PrivateKeyJwt(await keyOf(client)));
      const { checks, parameters } = await attemptHere();
      const address = await openid.buildAuthorizationUrlWithPAR(app, parameters);
      const tokens = await openid.authorizationCodeGrant(
        app,
        await bench.visitor.authorize(address, ada),
        checks,
      );
      expect(decodeJwt(tokens.access_token)['cnf']).toEqual({
        'x5t#S256': thumbprintOf(certificate),
      });
      const person = await openid.fetchUserInfo(
        app,
        tokens.access_token,
        tokens.claims()?.sub ?? '',
      );
      expect(person.email).toBe(ada.email);
      const bare = await discover(bench, client, openid.PrivateKeyJwt(await keyOf(client)));
      const stolen = openid.fetchUserInfo(bare, tokens.access_token, openid.skipSubjectCheck);
      await expect(stolen).rejects.toMatchObject({ status: 401 });
    });

    it('leads to each of the redirect URIs that are registered, also to one with a query', async () => {
      const app = await discover(
        bench,
        'fapi-client-1',
        openid.PrivateKeyJwt(await keyOf('fapi-client-1')),
      );
      const { parameters } = await attemptHere({
        redirect_uri: `${callback}?dummy1=lorem&dummy2=ipsum`,
      });
      const address = await openid.buildAuthorizationUrlWithPAR(app, parameters);
      const back = await bench.visitor.authorize(address, ada);
      expect(back.searchParams.get('dummy2')).toBe('ipsum');
      expect(back.searchParams.get('code')).toBeTypeOf('string');
    });

    it('takes neither a request in the open nor one without PKCE nor a token request without a proof', async () => {
      const app = await discover(
        bench,
        'fapi-client-1',
        openid.PrivateKeyJwt(await keyOf('fapi-client-1')),
      );
      const { checks, parameters } = await attemptHere();
      const open = await bench.visitor.go(openid.buildAuthorizationUrl(app, parameters));
      expect(open.kind === 'page' ? open.page.status : open.address.searchParams.get('error')).toBe(
        'invalid_request',
      );
      const { code_challenge: _, code_challenge_method: __, ...bare } = parameters;
      await expect(openid.buildAuthorizationUrlWithPAR(app, bare)).rejects.toMatchObject({
        error: 'invalid_request',
      });
      const back = await bench.visitor.authorize(
        await openid.buildAuthorizationUrlWithPAR(app, parameters),
        ada,
      );
      await expect(openid.authorizationCodeGrant(app, back, checks)).rejects.toMatchObject({
        status: 400,
      });
    });
  });

  describe('fapi-2-message-signing.yaml', () => {
    let bench: Bench;
    beforeAll(async () => {
      bench = await startBench({ file: 'fapi-2-message-signing.yaml' });
    });
    afterAll(() => bench?.stop());

    it.each(clientIds)('takes %s through signed request and signed response', async (client) => {
      const key = await keyOf(client);
      const app = await discover(bench, client, openid.PrivateKeyJwt(key), {
        id_token_signed_response_alg: 'ES256',
        authorization_signed_response_alg: 'ES256',
      });
      openid.useJwtResponseMode(app);
      const DPoP = openid.getDPoPHandle(app, await openid.randomDPoPKeyPair('ES256'));
      const { checks, parameters } = await attemptHere({ resource: api });
      const signed = await openid.buildAuthorizationUrlWithJAR(app, parameters, key);
      const request = signed.searchParams.get('request') ?? '';
      const address = await openid.buildAuthorizationUrlWithPAR(app, { request }, { DPoP });
      const back = await bench.visitor.authorize(address, ada);
      expect([...back.searchParams.keys()]).toEqual(['response']);
      const tokens = await openid.authorizationCodeGrant(app, back, checks, {}, { DPoP });
      expect(tokens.token_type).toBe('dpop');
    });

    it('tells fapi-service what a token is worth in a signed answer', async () => {
      const service = await discover(
        bench,
        'fapi-service',
        openid.PrivateKeyJwt(await keyOf('fapi-service')),
        {
          introspection_signed_response_alg: 'ES256',
        },
      );
      const DPoP = openid.getDPoPHandle(service, await openid.randomDPoPKeyPair('ES256'));
      const own = await openid.clientCredentialsGrant(
        service,
        { resource: api, scope: 'accounts' },
        { DPoP },
      );
      const told = await openid.tokenIntrospection(service, own.access_token);
      expect(told).toMatchObject({ active: true, cnf: { jkt: await DPoP.calculateThumbprint() } });
      await expect(openid.clientCredentialsGrant(service, { resource: api })).rejects.toMatchObject(
        {
          status: 400,
        },
      );
    });

    it('takes no pushed request that is not signed', async () => {
      const app = await discover(
        bench,
        'fapi-client-1',
        openid.PrivateKeyJwt(await keyOf('fapi-client-1')),
      );
      const { parameters } = await attemptHere();
      await expect(openid.buildAuthorizationUrlWithPAR(app, parameters)).rejects.toMatchObject({
        status: 400,
      });
    });
  });
}
