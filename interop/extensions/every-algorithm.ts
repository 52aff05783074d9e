/**
 * Every algorithm in the metadata, used by the library: the client's signatures, its proofs, and
 * encrypted answers.
 */
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { describe, expect, it } from 'vitest';
import { isTried } from '../../packages/jwt/src/testing-parts/series.ts';
import { insecure } from '../oauth4webapi-calls.ts';
import { ada, callback, rooms } from './configuration.ts';
import { type ClientKey, createDecryptionKey, createSigningKey, keyEncryptions } from './keys.ts';
import { attempt, connect, discover, discoverByHand, type Setting } from './setting.ts';

const algorithms = ['ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519', 'ML-DSA-65'] as const;
const contents = ['A128GCM', 'A256GCM', 'A128CBC-HS256', 'A256CBC-HS512'] as const;

export function describeEveryAlgorithm(get: () => Setting): void {
  const execute = [openid.allowInsecureRequests, openid.enableNonRepudiationChecks];

  function register(
    key: ClientKey,
    metadata: Partial<openid.ClientMetadata>,
    authentication?: openid.ClientAuth,
  ): Promise<openid.Configuration> {
    const jwks = { keys: [key.jwk as unknown as openid.JWK] };
    const grant_types = ['authorization_code', 'refresh_token'];
    const all = {
      redirect_uris: [callback],
      scope: 'openid email offline_access',
      grant_types,
      jwks,
      ...metadata,
    };
    return openid.dynamicClientRegistration(new URL(get().issuer), all, authentication, {
      execute,
    });
  }

  describe('every algorithm that the metadata name', () => {
    it('is among those that are tried here', async () => {
      const metadata = (await discover(get(), 'app')).serverMetadata();
      expect(metadata.token_endpoint_auth_signing_alg_values_supported).toEqual([
        'HS256',
        ...algorithms,
      ]);
      expect(metadata.dpop_signing_alg_values_supported).toEqual(algorithms);
      expect(metadata.request_object_signing_alg_values_supported).toEqual(algorithms);
      expect(metadata.id_token_signing_alg_values_supported).toEqual(algorithms);
      expect(metadata.id_token_encryption_alg_values_supported).toEqual(keyEncryptions);
      expect(metadata.id_token_encryption_enc_values_supported).toEqual(contents);
    });

    it.each(algorithms)(
      '%s signs assertion, request and proof of a client, and its answers',
      async (alg) => {
        const signing = await createSigningKey(alg);
        const key = { key: signing.pair.privateKey, kid: signing.kid };
        const app = await register(
          signing,
          {
            token_endpoint_auth_method: 'private_key_jwt',
            token_endpoint_auth_signing_alg: alg,
            request_object_signing_alg: alg,
            require_signed_request_object: true,
            id_token_signed_response_alg: alg,
            authorization_signed_response_alg: alg,
          },
          openid.PrivateKeyJwt(key),
        );
        openid.useJwtResponseMode(app);
        const DPoP = openid.getDPoPHandle(app, await openid.randomDPoPKeyPair(alg));
        const { checks, parameters } = await attempt({ scope: 'openid email offline_access' });
        const signed = await openid.buildAuthorizationUrlWithJAR(app, parameters, key);
        const request = signed.searchParams.get('request') ?? '';
        const address = await openid.buildAuthorizationUrlWithPAR(app, { request }, { DPoP });
        const back = await get().visitor.authorize(address, ada);
        const tokens = await openid.authorizationCodeGrant(app, back, checks, {}, { DPoP });
        const next = await openid.refreshTokenGrant(app, tokens.refresh_token ?? '', {}, { DPoP });
        const person = await openid.fetchUserInfo(
          app,
          next.access_token,
          tokens.claims()?.sub ?? '',
          { DPoP },
        );
        expect([next.token_type, person.email]).toEqual(['dpop', ada.email]);
      },
    );

    const encryptions = keyEncryptions.flatMap((alg) => contents.map((enc) => [alg, enc] as const));
    // Five of twenty: each way to encrypt a key once, with another content encryption.
    it.each(
      encryptions.filter(([alg, enc]) => isTried(keyEncryptions.indexOf(alg), enc, contents)),
    )('%s with %s encrypts an ID token for a client', async (alg, enc) => {
      const decryption = await createDecryptionKey(alg);
      const app = await register(decryption, {
        id_token_encrypted_response_alg: alg,
        id_token_encrypted_response_enc: enc,
      });
      openid.enableDecryptingResponses(app, [enc], {
        key: decryption.pair.privateKey,
        kid: decryption.kid,
        alg,
      });
      const { tokens } = await connect(get(), app, { scope: 'openid email' });
      expect(tokens.id_token?.split('.')).toHaveLength(5);
      expect(tokens.claims()?.email ?? tokens.claims()?.sub).toBeTypeOf('string');
    });
  });

  describe('an API that verifies with oauth4webapi', () => {
    it('takes a token that is bound to the key of the proof, and no other', async () => {
      const app = await discover(get(), 'app');
      const DPoP = openid.getDPoPHandle(app, await openid.randomDPoPKeyPair());
      const { checks, parameters } = await attempt({ resource: rooms });
      const back = await get().visitor.authorize(
        openid.buildAuthorizationUrl(app, parameters),
        ada,
      );
      const tokens = await openid.authorizationCodeGrant(app, back, checks, {}, { DPoP });
      const server = await discoverByHand(get());
      const check = async (handle: openid.DPoPHandle) =>
        oauth.validateJwtAccessToken(
          server,
          await requestWith(app, tokens.access_token, handle),
          rooms,
          {
            ...insecure,
            requireDPoP: true,
          },
        );
      expect(await check(DPoP)).toMatchObject({ cnf: { jkt: await DPoP.calculateThumbprint() } });
      const other = openid.getDPoPHandle(app, await openid.randomDPoPKeyPair());
      await expect(check(other)).rejects.toMatchObject({ code: oauth.JWT_CLAIM_COMPARISON });
    });
  });
}

/** The request that the library would send to an API. */
async function requestWith(
  app: openid.Configuration,
  token: string,
  DPoP: openid.DPoPHandle,
): Promise<Request> {
  const sent: Request[] = [];
  app[openid.customFetch] = (address, { headers, method }) => {
    sent.push(new Request(address, { headers, method }));
    return Promise.resolve(new Response());
  };
  await openid.fetchProtectedResource(app, token, new URL(`${rooms}/7`), 'GET', null, undefined, {
    DPoP,
  });
  const [request] = sent;
  if (request === undefined) throw new Error('nothing was sent');
  return request;
}
