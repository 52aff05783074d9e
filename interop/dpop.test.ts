/**
 * DPoP with nonces, signed introspection and opaque tokens, driven by oauth4webapi, which checks
 * each answer strictly. The server is in this process, because the demonstration requires no nonce.
 */
import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ada,
  allow,
  apis,
  buildings,
  challenge,
  createSunrise,
  nativeCallback,
  verifier,
} from '../packages/testing/flows/sunrise.ts';
import type { TestPlatform } from '../packages/testing/src/index.ts';

const opaque = apis.map((api) => ({
  ...api,
  ...(api.identifier === buildings ? { access_token_format: 'opaque' } : {}),
}));
const service: oauth.Client = { client_id: 'collector' };
const native: oauth.Client = { client_id: 'native' };

let platform: TestPlatform;
let server: oauth.AuthorizationServer;
beforeAll(async () => {
  platform = await createSunrise({ apis: opaque, dpopNonce: 'required' });
  // Proofs of the library have the present time.
  platform.clock.advance(Math.floor(Date.now() / 1000) - platform.clock.nowSeconds());
  const issuer = new URL(platform.issuer);
  const response = await oauth.discoveryRequest(issuer, { ...byHand, algorithm: 'oauth2' });
  server = await oauth.processDiscoveryResponse(issuer, response);
});
afterAll(() => platform.close());

/** Requests of the library go to the server in this process, and not over the network. */
async function send(
  address: string,
  init: oauth.CustomFetchOptions<string, BodyInit | undefined | null>,
) {
  const { pathname, search } = new URL(address);
  const body = init.body instanceof URLSearchParams ? init.body.toString() : '';
  const form = body === '' ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await platform.server.handle({
    method: init.method,
    path: pathname,
    query: search.slice(1),
    headers: { ...form, ...init.headers },
    body,
    remoteAddress: '192.0.2.1',
  });
  const headers = Object.entries(answer.headers).map(([name, value]): [string, string] => [
    name,
    String(value),
  ]);
  return new Response(answer.body === '' ? null : answer.body, { status: answer.status, headers });
}

const byHand = { [oauth.customFetch]: send };

const secretOf = (clientId: string) =>
  oauth.ClientSecretBasic(platform.secrets.get(clientId) ?? '');

async function keyOf(client: oauth.Client) {
  return oauth.DPoP(client, await oauth.generateKeyPair('ES256'));
}

/** As every application does it: again, if the server must send its nonce first. */
async function withNonce<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error;
    return ask();
  }
}

describe('oauth4webapi with DPoP', () => {
  it('gets a bound token for a service, with the nonce of the server', async () => {
    const DPoP = await keyOf(service);
    let asked = 0;
    const tokens = await withNonce(async () => {
      asked += 1;
      const parameters = { scope: 'buildings:read' };
      const how = { ...byHand, DPoP };
      const answer = await oauth.clientCredentialsGrantRequest(
        server,
        service,
        secretOf('collector'),
        parameters,
        how,
      );
      return oauth.processClientCredentialsResponse(server, service, answer);
    });
    expect([asked, tokens.token_type]).toEqual([2, 'dpop']);
  });

  it('binds the code, the tokens and the refresh token of an application without a secret', async () => {
    const DPoP = await keyOf(native);
    const back = await allow(platform, {
      client_id: 'native',
      redirect_uri: nativeCallback,
      scope: 'openid email buildings:read',
      state: 'a-state-of-this-attempt',
      nonce: undefined,
      code_challenge: challenge,
      dpop_jkt: await DPoP.calculateThumbprint(),
    });
    const parameters = oauth.validateAuthResponse(server, native, back, 'a-state-of-this-attempt');
    const how = { ...byHand, DPoP };
    const first = await withNonce(async () => {
      const answer = await oauth.authorizationCodeGrantRequest(
        server,
        native,
        oauth.None(),
        parameters,
        nativeCallback,
        verifier,
        how,
      );
      return oauth.processAuthorizationCodeResponse(server, native, answer);
    });
    expect(first.token_type).toBe('dpop');
    const answer = await oauth.refreshTokenGrantRequest(
      server,
      native,
      oauth.None(),
      first.refresh_token ?? '',
      how,
    );
    const next = await oauth.processRefreshTokenResponse(server, native, answer);
    const asked = await oauth.userInfoRequest(server, native, next.access_token, how);
    const person = await oauth.processUserInfoResponse(
      server,
      native,
      oauth.skipSubjectCheck,
      asked,
    );
    expect(person.email).toBe(ada);
    const signed = await oauth.introspectionRequest(
      server,
      { client_id: 'buildings-api' },
      secretOf('buildings-api'),
      next.access_token,
      { ...byHand, requestJwtResponse: true },
    );
    const told = await oauth.processIntrospectionResponse(
      server,
      { client_id: 'buildings-api' },
      signed,
    );
    await oauth.validateApplicationLevelSignature(server, signed, byHand);
    expect(told).toMatchObject({
      active: true,
      aud: buildings,
      token_type: 'DPoP',
      cnf: { jkt: await DPoP.calculateThumbprint() },
    });
  });
});
