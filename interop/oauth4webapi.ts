/** The server driven by oauth4webapi, which checks each answer strictly, with the error paths. */
import * as oauth from 'oauth4webapi';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Cast } from './cast.ts';
import type { DemoClient } from './demonstration.ts';
import {
  authorizationAddress,
  insecure,
  obtainCode,
  obtainTokens,
  type Party,
  partyOf,
  readError,
  redeem,
  refresh,
} from './oauth4webapi-calls.ts';
import { Visitor } from './visitor.ts';

export function describeOauth4webapi(cast: () => Cast): void {
  describe('oauth4webapi', () => {
    let server: oauth.AuthorizationServer;
    let party: Party;
    let visitor: Visitor;

    beforeAll(async () => {
      const issuer = new URL(cast().demo.issuer);
      server = await oauth
        .discoveryRequest(issuer, { ...insecure, algorithm: 'oauth2' })
        .then((response) => oauth.processDiscoveryResponse(issuer, response));
      party = partyOf(cast().app);
      visitor = new Visitor(cast().demo.issuer);
    });

    it('answers the same metadata by RFC 8414 and by OpenID Connect Discovery', async () => {
      const issuer = new URL(cast().demo.issuer);
      const response = await oauth.discoveryRequest(issuer, { ...insecure, algorithm: 'oidc' });
      expect(await oauth.processDiscoveryResponse(issuer, response)).toEqual(server);
    });

    it('redeems a code and validates the ID token, its signature included', async () => {
      const code = await obtainCode(cast(), server, visitor);
      const response = await redeem(server, party, code);
      expect(response.headers.get('cache-control')).toContain('no-store');
      const tokens = await oauth.processAuthorizationCodeResponse(server, party.client, response, {
        expectedNonce: code.nonce,
        requireIdToken: true,
      });
      await oauth.validateApplicationLevelSignature(server, response, insecure);
      expect(oauth.getValidatedIdTokenClaims(tokens)?.sub).toMatch(/^usr_/);
    });

    it('issues access tokens that are valid by RFC 9068 for the API and for nobody else', async () => {
      const tokens = await obtainTokens(cast(), server, party, visitor);
      const request = () =>
        new Request(cast().demo.api, {
          headers: { Authorization: `Bearer ${tokens.access_token}` },
        });
      const claims = await oauth.validateJwtAccessToken(
        server,
        request(),
        cast().demo.audience,
        insecure,
      );
      expect(claims).toMatchObject({ client_id: cast().app.client_id, iss: cast().demo.issuer });
      expect(claims.exp - claims.iat).toBe(600);
      await expect(
        oauth.validateJwtAccessToken(server, request(), 'https://elsewhere.example', insecure),
      ).rejects.toMatchObject({ code: oauth.JWT_CLAIM_COMPARISON });
    });

    it('refreshes and gets a new token of each kind', async () => {
      const tokens = await obtainTokens(cast(), server, party, visitor);
      const response = await refresh(server, party, tokens.refresh_token ?? '');
      const next = await oauth.processRefreshTokenResponse(server, party.client, response);
      expect(next.refresh_token).toBeTypeOf('string');
      expect(next.refresh_token).not.toBe(tokens.refresh_token);
    });

    it('serves client credentials, introspection, userinfo and revocation as their specs say', async () => {
      const service = partyOf(cast().service);
      const answer = await oauth.clientCredentialsGrantRequest(
        server,
        service.client,
        service.authentication,
        { scope: 'measurements:write', resource: cast().demo.audience },
        insecure,
      );
      const own = await oauth.processClientCredentialsResponse(server, service.client, answer);
      const api = partyOf(cast().introspector);
      const introspection = await oauth
        .introspectionRequest(server, api.client, api.authentication, own.access_token, insecure)
        .then((response) => oauth.processIntrospectionResponse(server, api.client, response));
      expect(introspection).toMatchObject({ active: true, scope: 'measurements:write' });

      const tokens = await obtainTokens(cast(), server, party, visitor);
      const person = await oauth
        .userInfoRequest(server, party.client, tokens.access_token, insecure)
        .then((response) =>
          oauth.processUserInfoResponse(server, party.client, oauth.skipSubjectCheck, response),
        );
      expect(person.email).toBe(cast().owner.email);
      const revocation = await oauth.revocationRequest(
        server,
        party.client,
        party.authentication,
        tokens.refresh_token ?? '',
        insecure,
      );
      await expect(oauth.processRevocationResponse(revocation)).resolves.toBeUndefined();
    });

    describe('refuses', () => {
      it('a code that was never issued', async () => {
        const code = await obtainCode(cast(), server, visitor);
        const answer = await redeem(server, party, code, { code: 'A'.repeat(43) });
        expect(await readError(answer)).toEqual({ status: 400, error: 'invalid_grant' });
      });

      it('a second use of a code, and ends what the first use gave', async () => {
        const code = await obtainCode(cast(), server, visitor);
        const first = await redeem(server, party, code);
        const { refresh_token: token } = (await first.json()) as { refresh_token: string };
        expect(await readError(await redeem(server, party, code))).toEqual({
          status: 400,
          error: 'invalid_grant',
        });
        expect(await readError(await refresh(server, party, token))).toEqual({
          status: 400,
          error: 'invalid_grant',
        });
      });

      it('a wrong code verifier, and the code still works with the right one', async () => {
        const code = await obtainCode(cast(), server, visitor);
        const answer = await redeem(server, party, {
          ...code,
          verifier: oauth.generateRandomCodeVerifier(),
        });
        expect(await readError(answer)).toEqual({ status: 400, error: 'invalid_grant' });
        expect((await redeem(server, party, code)).status).toBe(200);
      });

      it('another redirect URI than that of the authorization request', async () => {
        const code = await obtainCode(cast(), server, visitor);
        const answer = await redeem(server, party, {
          ...code,
          redirectUri: `${code.redirectUri}/else`,
        });
        expect(await readError(answer)).toEqual({ status: 400, error: 'invalid_grant' });
      });

      it('a code of another client, which stays usable for its own', async () => {
        const code = await obtainCode(cast(), server, visitor);
        const other = partyOf(cast().passwordApp);
        expect(await readError(await redeem(server, other, code))).toEqual({
          status: 400,
          error: 'invalid_grant',
        });
        expect((await redeem(server, party, code)).status).toBe(200);
      });

      it('a wrong client secret with 401 and a Basic challenge, before it looks at the code', async () => {
        const code = await obtainCode(cast(), server, visitor);
        const impostor = { ...party, authentication: oauth.ClientSecretBasic('not-the-secret') };
        const answer = await redeem(server, impostor, code);
        expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm="/);
        expect(await readError(answer)).toEqual({ status: 401, error: 'invalid_client' });
        expect((await redeem(server, party, code)).status).toBe(200);
      });

      it('grants that the tier of the client forbids', async () => {
        const forbidden: readonly (readonly [
          DemoClient,
          string,
          Readonly<Record<string, string>>,
        ])[] = [
          [cast().app, 'client_credentials', {}],
          [
            cast().app,
            'password',
            { username: cast().owner.email, password: cast().owner.password },
          ],
          [
            cast().service,
            'password',
            { username: cast().owner.email, password: cast().owner.password },
          ],
          [cast().service, 'refresh_token', { refresh_token: 'x' }],
          [cast().implicitApp, 'client_credentials', {}],
          [cast().implicitApp, 'password', { username: 'a', password: 'b' }],
        ];
        for (const [client, grant, parameters] of forbidden) {
          const who = partyOf(client);
          const answer = await oauth.genericTokenEndpointRequest(
            server,
            who.client,
            who.authentication,
            grant,
            parameters,
            insecure,
          );
          expect({ client: client.client_id, grant, ...(await readError(answer)) }).toEqual({
            client: client.client_id,
            grant,
            status: 400,
            error: 'unauthorized_client',
          });
        }
      });

      it('the implicit grant for an application that may not use it, in the fragment', async () => {
        const address = authorizationAddress(cast(), server, {
          response_type: 'token',
          state: 'xyz',
        });
        const arrival = await visitor.go(address);
        if (arrival.kind !== 'left') throw new Error('not sent back to the application');
        const fragment = new URLSearchParams(arrival.address.hash.slice(1));
        expect(fragment.get('error')).toBe('unauthorized_client');
        expect(fragment.get('state')).toBe('xyz');
        expect(fragment.get('iss')).toBe(cast().demo.issuer);
        expect(arrival.address.search).toBe('');
      });

      it('a wrong client or redirect URI with a page, and never with a redirect', async () => {
        for (const change of [{ client_id: 'nobody' }, { redirect_uri: 'https://evil.example/' }]) {
          const arrival = await visitor.go(authorizationAddress(cast(), server, change));
          if (arrival.kind !== 'page') throw new Error(`redirected to ${arrival.address.href}`);
          expect(arrival.page.status).toBe(400);
          expect(arrival.page.html).toContain('id="error"');
        }
      });

      it('an authorization request without PKCE, a scope or a resource that is not open, at the application', async () => {
        const faults: readonly (readonly [Readonly<Record<string, string>>, string])[] = [
          [{}, 'invalid_request'],
          [{ code_challenge: 'A'.repeat(43), code_challenge_method: 'plain' }, 'invalid_request'],
          [{ ...somePkce, scope: 'openid everything' }, 'invalid_scope'],
          [{ ...somePkce, resource: 'https://elsewhere.example' }, 'invalid_target'],
          [{ ...somePkce, response_type: 'code token' }, 'unsupported_response_type'],
          [{ ...somePkce, prompt: 'none' }, 'login_required'],
        ];
        const stranger = new Visitor(cast().demo.issuer);
        for (const [change, error] of faults) {
          const arrival = await stranger.go(
            authorizationAddress(cast(), server, { state: 's', ...change }),
          );
          if (arrival.kind !== 'left') throw new Error(`no redirect for ${JSON.stringify(change)}`);
          const { hash, search } = arrival.address;
          const answer = new URLSearchParams(search === '' ? hash.slice(1) : search);
          expect({ change, ...Object.fromEntries(answer) }).toMatchObject({
            change,
            error,
            state: 's',
            iss: cast().demo.issuer,
          });
        }
      });
    });
  });
}

const somePkce = { code_challenge: 'A'.repeat(43), code_challenge_method: 'S256' };
