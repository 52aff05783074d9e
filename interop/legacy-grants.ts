/**
 * The two grants of RFC 6749 that newer advice forbids, at the two clients for which the
 * demonstration has them on.
 */
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as oauth from 'oauth4webapi';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Cast, redirectUriOf } from './cast.ts';
import { partyOf, readError, refresh } from './oauth4webapi-calls.ts';
import { Visitor } from './visitor.ts';

const insecure = { [oauth.allowInsecureRequests]: true };

export function describeLegacyGrants(cast: () => Cast): void {
  describe('the legacy grants', () => {
    let server: oauth.AuthorizationServer;

    beforeAll(async () => {
      const issuer = new URL(cast().demo.issuer);
      server = await oauth
        .discoveryRequest(issuer, insecure)
        .then((response) => oauth.processDiscoveryResponse(issuer, response));
    });

    it('exchange a password for tokens at the first-party client (RFC 6749 §4.3)', async () => {
      const { client, authentication } = partyOf(cast().passwordApp);
      const answer = await passwordGrant(cast(), server, cast().owner.password);
      expect(answer.status).toBe(200);
      const tokens = await oauth.processGenericTokenEndpointResponse(server, client, answer);
      expect(tokens.token_type).toBe('bearer');
      const next = await refresh(server, { client, authentication }, tokens.refresh_token ?? '');
      expect(next.status).toBe(200);
    });

    it('answer a wrong password with invalid_grant, and an unknown account with the same words', async () => {
      const wrong = await passwordGrant(cast(), server, 'wrong horse battery');
      const unknown = await passwordGrant(
        cast(),
        server,
        'wrong horse battery',
        'nobody@example.com',
      );
      expect([wrong.status, unknown.status]).toEqual([400, 400]);
      const [first, second] = [await readWords(wrong), await readWords(unknown)];
      expect(first).toMatchObject({ error: 'invalid_grant' });
      expect(second).toEqual(first);
    });

    it('answer an implicit request in the fragment, without a refresh token (RFC 6749 §4.2.2)', async () => {
      const visitor = new Visitor(cast().demo.issuer);
      const back = await visitor.authorize(implicitAddress(cast(), server, 'token'), cast().owner);
      const fragment = new URLSearchParams(back.hash.slice(1));
      expect(back.search).toBe('');
      expect(Object.fromEntries(fragment)).toMatchObject({
        token_type: 'Bearer',
        state: 'xyz',
        iss: cast().demo.issuer,
      });
      expect(fragment.has('refresh_token')).toBe(false);
      expect(fragment.has('code')).toBe(false);
      const headers = { Authorization: `Bearer ${fragment.get('access_token') ?? ''}` };
      const [address = ''] = cast().demo.resources.allowed;
      const resource = await fetch(address, { headers });
      expect(resource.status).toBe(200);
      await resource.body?.cancel();
    });

    it('give an ID token bound to nonce and access token for id_token token (OpenID Connect Core §3.2)', async () => {
      const visitor = new Visitor(cast().demo.issuer);
      const back = await visitor.authorize(
        implicitAddress(cast(), server, 'id_token token'),
        cast().owner,
      );
      const fragment = new URLSearchParams(back.hash.slice(1));
      const keys = createRemoteJWKSet(new URL(server.jwks_uri ?? ''));
      const { payload } = await jwtVerify(fragment.get('id_token') ?? '', keys, {
        issuer: cast().demo.issuer,
        audience: cast().implicitApp.client_id,
      });
      expect(payload['nonce']).toBe('n-1');
      const hash = await crypto.subtle.digest(
        'SHA-256',
        new TextEncoder().encode(fragment.get('access_token') ?? ''),
      );
      expect(payload['at_hash']).toBe(Buffer.from(hash).subarray(0, 16).toString('base64url'));
    });

    it('are refused everywhere else', async () => {
      const { client, authentication } = partyOf(cast().app);
      const answer = await oauth.genericTokenEndpointRequest(
        server,
        client,
        authentication,
        'password',
        { username: cast().owner.email, password: cast().owner.password },
        insecure,
      );
      expect(await readError(answer)).toEqual({ status: 400, error: 'unauthorized_client' });
    });
  });
}

/** All but the decision in `error_uri`, which is another for each refusal. */
async function readWords(answer: Response): Promise<object> {
  const { error_uri, ...words } = (await answer.json()) as Readonly<Record<string, unknown>>;
  const { pathname, searchParams } = new URL(String(error_uri));
  expect(searchParams.get('decision')).toMatch(/^dec_/);
  return { ...words, page: pathname };
}

function passwordGrant(
  cast: Cast,
  server: oauth.AuthorizationServer,
  password: string,
  username = cast.owner.email,
): Promise<Response> {
  const { client, authentication } = partyOf(cast.passwordApp);
  const parameters = { username, password, resource: cast.demo.audience };
  return oauth.genericTokenEndpointRequest(
    server,
    client,
    authentication,
    'password',
    parameters,
    insecure,
  );
}

function implicitAddress(cast: Cast, server: oauth.AuthorizationServer, responseType: string): URL {
  const address = new URL(server.authorization_endpoint ?? '');
  address.search = new URLSearchParams({
    response_type: responseType,
    client_id: cast.implicitApp.client_id,
    redirect_uri: redirectUriOf(cast.implicitApp),
    scope: 'openid buildings:read',
    resource: cast.demo.audience,
    state: 'xyz',
    nonce: 'n-1',
  }).toString();
  return address;
}
