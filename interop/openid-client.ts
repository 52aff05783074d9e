/** The server driven by openid-client, as application developers use it. */
import * as openid from 'openid-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { appScope, type Cast, redirectUriOf, secretOf } from './cast.ts';
import { clientWhere, type DemoClient } from './demonstration.ts';
import { Visitor } from './visitor.ts';

const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange';

export function describeOpenidClient(cast: () => Cast): void {
  describe('openid-client', () => {
    let app: openid.Configuration;
    let visitor: Visitor;

    beforeAll(async () => {
      app = await discover(cast(), cast().app);
      visitor = new Visitor(cast().demo.issuer);
    });

    it('discovers the server, which names itself and supports PKCE', () => {
      const metadata = app.serverMetadata();
      expect(metadata.issuer).toBe(cast().demo.issuer);
      expect(metadata.supportsPKCE()).toBe(true);
      expect(metadata.authorization_response_iss_parameter_supported).toBe(true);
      expect(metadata.code_challenge_methods_supported).toEqual(['S256']);
    });

    it('redeems a code with PKCE, nonce, state, iss and a resource', async () => {
      const { tokens } = await connect(cast(), app, visitor);
      expect(tokens.token_type).toBe('bearer');
      expect(tokens.expiresIn()).toBeGreaterThan(590);
      expect(tokens.refresh_token).toBeTypeOf('string');
      expect(tokens.scope?.split(' ').sort()).toEqual(appScope.split(' ').sort());
      const claims = tokens.claims();
      expect(claims?.aud).toBe(cast().app.client_id);
      expect(claims?.sub).toMatch(/^usr_/);
    });

    it('reads userinfo of the same subject as the ID token', async () => {
      const { tokens } = await connect(cast(), app, visitor);
      const subject = tokens.claims()?.sub ?? '';
      const person = await openid.fetchUserInfo(app, tokens.access_token, subject);
      expect(person.email).toBe(cast().owner.email);
      expect(person.name).toBeTypeOf('string');
    });

    it('reads the API with the access token', async () => {
      const { tokens } = await connect(cast(), app, visitor);
      const read = async (address: string) => {
        const url = new URL(address);
        const response = await openid.fetchProtectedResource(app, tokens.access_token, url, 'GET');
        await response.body?.cancel();
        return [address, response.status];
      };
      const { allowed } = cast().demo.resources;
      expect(await Promise.all(allowed.map(read))).toEqual(
        allowed.map((address) => [address, 200]),
      );
    });

    it('refreshes, and each refresh gives a new refresh token', async () => {
      const { tokens } = await connect(cast(), app, visitor);
      const second = await openid.refreshTokenGrant(app, tokens.refresh_token ?? '');
      const third = await openid.refreshTokenGrant(app, second.refresh_token ?? '', {
        resource: cast().demo.audience,
      });
      expect(new Set([tokens.refresh_token, second.refresh_token, third.refresh_token]).size).toBe(
        3,
      );
      expect(third.scope).toBe(tokens.scope);
      expect(third.access_token).not.toBe(second.access_token);
    });

    it('narrows the scope at a refresh without losing it for the next', async () => {
      const { tokens } = await connect(cast(), app, visitor);
      const narrow = await openid.refreshTokenGrant(app, tokens.refresh_token ?? '', {
        scope: 'buildings:read',
      });
      expect(narrow.scope).toBe('buildings:read');
      const whole = await openid.refreshTokenGrant(app, narrow.refresh_token ?? '');
      expect(whole.scope).toBe(tokens.scope);
    });

    it('ends the family when a refresh token is revoked', async () => {
      const { tokens } = await connect(cast(), app, visitor);
      const second = await openid.refreshTokenGrant(app, tokens.refresh_token ?? '');
      await openid.tokenRevocation(app, second.refresh_token ?? '', {
        token_type_hint: 'refresh_token',
      });
      await expect(openid.refreshTokenGrant(app, second.refresh_token ?? '')).rejects.toMatchObject(
        {
          error: 'invalid_grant',
          status: 400,
        },
      );
    });

    it('says honestly that a JWT access token cannot be revoked', async () => {
      const { tokens } = await connect(cast(), app, visitor);
      await expect(openid.tokenRevocation(app, tokens.access_token)).rejects.toMatchObject({
        error: 'unsupported_token_type',
      });
    });

    it('signs the person out at the end session endpoint, and is sent back with its state', async () => {
      const own = new Visitor(cast().demo.issuer);
      const { tokens } = await connect(cast(), app, own);
      const redirectUri = new URL('/signed-out', redirectUriOf(cast().app)).href;
      const address = openid.buildEndSessionUrl(app, {
        id_token_hint: tokens.id_token ?? '',
        post_logout_redirect_uri: redirectUri,
        state: 'af0ifjsldkj',
      });
      const arrival = await own.go(address);
      expect(arrival.kind === 'left' && arrival.address.href).toBe(
        `${redirectUri}?state=af0ifjsldkj`,
      );
      const account = await own.go(`${cast().demo.issuer}/account`);
      expect(account.kind === 'page' && account.page.url.pathname).toBe('/sign-in');
    });

    it('exchanges what an API was called with, as an actor who stands in the token', async () => {
      const gateway = clientWhere(cast().demo, 'exchanges tokens', ({ grant_types: grants }) =>
        grants.includes(tokenExchange),
      );
      const service = await discover(cast(), gateway);
      const { tokens } = await connect(cast(), app, visitor);
      const own = await openid.clientCredentialsGrant(service, { resource: cast().demo.audience });
      const type = 'urn:ietf:params:oauth:token-type:access_token';
      const exchanged = await openid.genericGrantRequest(service, tokenExchange, {
        subject_token: tokens.access_token,
        subject_token_type: type,
        actor_token: own.access_token,
        actor_token_type: type,
        audience: cast().demo.audience,
      });
      expect(exchanged).toMatchObject({ issued_token_type: type, scope: 'buildings:read' });
      const api = await discover(cast(), cast().introspector);
      expect(await openid.tokenIntrospection(api, exchanged.access_token)).toMatchObject({
        active: true,
        sub: tokens.claims()?.sub,
        client_id: gateway.client_id,
        act: { sub: gateway.client_id },
      });
    });

    it('gets a token by client credentials, without a refresh token', async () => {
      const service = await discover(cast(), cast().service);
      const tokens = await openid.clientCredentialsGrant(service, {
        resource: cast().demo.audience,
      });
      expect(tokens.refresh_token).toBeUndefined();
      expect(tokens.id_token).toBeUndefined();
      expect(tokens.scope?.split(' ')).toContain('measurements:write');
    });

    it('introspects as the API, and hears "inactive" once the family has ended', async () => {
      const api = await discover(cast(), cast().introspector);
      const { tokens } = await connect(cast(), app, visitor);
      const active = await openid.tokenIntrospection(api, tokens.access_token);
      expect(active).toMatchObject({
        active: true,
        client_id: cast().app.client_id,
        aud: cast().demo.audience,
        iss: cast().demo.issuer,
        sub: tokens.claims()?.sub,
        scope: tokens.scope,
      });
      await openid.tokenRevocation(app, tokens.refresh_token ?? '');
      expect(await openid.tokenIntrospection(api, tokens.access_token)).toEqual({ active: false });
      expect(await openid.tokenIntrospection(api, 'made-up')).toEqual({ active: false });
    });

    it('hears access_denied with iss and state when the person cancels', async () => {
      const { address, checks } = await authorization(cast(), app, { prompt: 'consent' });
      const back = await visitor.authorize(address, cast().owner, { answer: 'deny' });
      await expect(openid.authorizationCodeGrant(app, back, checks)).rejects.toMatchObject({
        error: 'access_denied',
      });
      expect(back.searchParams.get('iss')).toBe(cast().demo.issuer);
    });

    it('refuses a wrong secret in the form body with 401, and spends nothing', async () => {
      const { tokens } = await connect(cast(), app, visitor);
      const token = tokens.refresh_token ?? '';
      const impostor = await openid.discovery(
        new URL(cast().demo.issuer),
        cast().app.client_id,
        'not-the-secret',
        openid.ClientSecretPost('not-the-secret'),
        { execute: [openid.allowInsecureRequests] },
      );
      await expect(openid.refreshTokenGrant(impostor, token)).rejects.toMatchObject({
        status: 401,
        error: 'invalid_client',
      });
      await expect(openid.refreshTokenGrant(app, token)).resolves.toMatchObject({
        scope: tokens.scope,
      });
    });
  });
}

export function discover(cast: Cast, client: DemoClient): Promise<openid.Configuration> {
  const secret = secretOf(client);
  return openid.discovery(
    new URL(cast.demo.issuer),
    client.client_id,
    secret,
    openid.ClientSecretBasic(secret),
    { execute: [openid.allowInsecureRequests] },
  );
}

export async function authorization(
  cast: Cast,
  app: openid.Configuration,
  extra: Readonly<Record<string, string>> = {},
) {
  const checks = {
    pkceCodeVerifier: openid.randomPKCECodeVerifier(),
    expectedState: openid.randomState(),
    expectedNonce: openid.randomNonce(),
  };
  const address = openid.buildAuthorizationUrl(app, {
    redirect_uri: redirectUriOf(cast.app),
    scope: appScope,
    resource: cast.demo.audience,
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    code_challenge: await openid.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
    ...extra,
  });
  return { address, checks };
}

/** All steps from the link to the tokens. Sign-in and consent only if they are asked. */
export async function connect(cast: Cast, app: openid.Configuration, visitor: Visitor) {
  const { address, checks } = await authorization(cast, app);
  const back = await visitor.authorize(address, cast.owner);
  const tokens = await openid.authorizationCodeGrant(app, back, checks, {
    resource: cast.demo.audience,
  });
  return { tokens, back, checks };
}
