/**
 * The platform's API from outside: 401 if authentication is missing or bad, 403 if the caller may
 * not do this.
 */
import { decodeJwt, generateKeyPair, SignJWT } from 'jose';
import * as openid from 'openid-client';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Cast } from './cast.ts';
import { connect, discover } from './openid-client.ts';
import { Visitor } from './visitor.ts';

interface Refused {
  readonly status: number;
  readonly challenge: string | null;
  readonly contentType: string | null;
  readonly problem: { readonly reason?: unknown; readonly status?: unknown };
}

export function describeProtectedApi(cast: () => Cast): void {
  describe('the protected API', () => {
    let app: openid.Configuration;
    let visitor: Visitor;
    let token: string;
    let resource: string;

    beforeAll(async () => {
      app = await discover(cast(), cast().app);
      visitor = new Visitor(cast().demo.issuer);
      token = (await connect(cast(), app, visitor)).tokens.access_token;
      [resource = ''] = cast().demo.resources.allowed;
    });

    it('asks for a token with a bare Bearer challenge when none is sent (RFC 6750 §3.1)', async () => {
      const answer = await ask(resource);
      expect(answer.status).toBe(401);
      expect(answer.challenge).toMatch(/^Bearer\b/);
      expect(answer.challenge).not.toContain('error=');
      expect(answer.problem.reason).toBe('token_missing');
    });

    it('answers problem details with the same status and reason code in every refusal (RFC 9457)', async () => {
      const answer = await ask(resource, 'nonsense');
      expect(answer.contentType).toMatch(/^application\/problem\+json/);
      expect(answer.problem).toMatchObject({ status: 401, reason: 'token_malformed' });
      expect(answer.challenge).toContain('error="invalid_token"');
    });

    it('takes no token that another key has signed, though everything else in it is right', async () => {
      const { privateKey } = await generateKeyPair('ES256');
      const forged = await new SignJWT(decodeJwt(token))
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: headerOf(token)['kid'] as string })
        .sign(privateKey);
      expect(await ask(resource, forged)).toMatchObject({
        status: 401,
        challenge: expect.stringContaining('error="invalid_token"') as unknown,
        problem: { reason: 'token_signature_wrong' },
      });
    });

    it('takes no unsigned token, whatever its header says', async () => {
      const [, payload] = token.split('.');
      const header = Buffer.from(JSON.stringify({ ...headerOf(token), alg: 'none' })).toString(
        'base64url',
      );
      expect((await ask(resource, `${header}.${payload}.`)).status).toBe(401);
    });

    it('takes no token with one changed claim', async () => {
      const [header, , signature] = token.split('.');
      const claims = {
        ...decodeJwt(token),
        scope: 'buildings:read buildings:write measurements:write',
      };
      const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
      expect(await ask(resource, `${header}.${payload}.${signature}`)).toMatchObject({
        status: 401,
        problem: { reason: 'token_signature_wrong' },
      });
    });

    it('takes no token that is meant for another resource', async () => {
      const { address, checks } = await identityOnly(cast(), app);
      const back = await visitor.authorize(address, cast().owner);
      const tokens = await openid.authorizationCodeGrant(app, back, checks);
      expect(await ask(resource, tokens.access_token)).toMatchObject({
        status: 401,
        challenge: expect.stringContaining('error="invalid_token"') as unknown,
        problem: { reason: 'token_audience_wrong' },
      });
    });

    it('takes no ID token in place of an access token', async () => {
      const { tokens } = await connect(cast(), app, visitor);
      expect((await ask(resource, tokens.id_token ?? '')).status).toBe(401);
    });

    it('answers 403 and names the scope when the token lacks it', async () => {
      const { tokens } = await connect(cast(), app, visitor);
      const narrow = await openid.refreshTokenGrant(app, tokens.refresh_token ?? '', {
        scope: 'openid',
      });
      expect(await ask(resource, narrow.access_token)).toMatchObject({
        status: 403,
        challenge: expect.stringMatching(/error="insufficient_scope".*scope="[^"]+"/) as unknown,
        problem: { reason: 'scope_insufficient', status: 403 },
      });
    });

    it('answers 403 for a resource of another person, though the token is in order', async () => {
      expect(cast().demo.resources.forbidden.length).toBeGreaterThan(0);
      for (const address of cast().demo.resources.forbidden)
        expect(await ask(address, token)).toMatchObject({
          status: 403,
          problem: { reason: 'resource_forbidden' },
        });
    });

    it('is fed by the background service, which calls it on its own account', async () => {
      const startedAt = new Date().toISOString();
      const { buildings } = (await read(`${cast().demo.api}/buildings`, token)) as {
        buildings: readonly { id: string }[];
      };
      await vi.waitFor(
        async () => {
          const address = `${cast().demo.api}/buildings/${buildings[0]?.id}/measurements`;
          const { measurements } = (await read(address, token)) as {
            measurements: readonly { at: string }[];
          };
          expect(measurements.some(({ at }) => at > startedAt)).toBe(true);
        },
        { timeout: 12_000, interval: 500 },
      );
    });

    it('answers 400 when two tokens are sent at once (RFC 6750 §2)', async () => {
      const address = new URL(resource);
      address.searchParams.set('access_token', token);
      const answer = await ask(address.href, token);
      expect(answer.status).toBe(400);
      expect(answer.challenge).toContain('error="invalid_request"');
    });
  });
}

async function ask(address: string, token?: string): Promise<Refused> {
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const response = await fetch(address, { headers });
  const text = await response.text();
  return {
    status: response.status,
    challenge: response.headers.get('www-authenticate'),
    contentType: response.headers.get('content-type'),
    problem: text === '' ? {} : (JSON.parse(text) as Refused['problem']),
  };
}

async function read(address: string, token: string): Promise<unknown> {
  const response = await fetch(address, { headers: { Authorization: `Bearer ${token}` } });
  return response.json();
}

function headerOf(token: string): Readonly<Record<string, unknown>> {
  const [header = ''] = token.split('.');
  return JSON.parse(Buffer.from(header, 'base64url').toString('utf8')) as Record<string, unknown>;
}

/** Without a scope of any API the token is for the server's own userinfo. */
async function identityOnly(cast: Cast, app: openid.Configuration) {
  const checks = {
    pkceCodeVerifier: openid.randomPKCECodeVerifier(),
    expectedState: openid.randomState(),
    idTokenExpected: true,
  };
  const address = openid.buildAuthorizationUrl(app, {
    redirect_uri: cast.app.redirect_uris[0] ?? '',
    scope: 'openid email',
    state: checks.expectedState,
    code_challenge: await openid.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
  });
  return { address, checks };
}
