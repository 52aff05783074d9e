/**
 * Modules about answers: codes, tokens, ID tokens, userinfo, and what of them may be used again.
 */
import { createHash, randomBytes } from 'node:crypto';
import { decodeProtectedHeader, jwtVerify } from 'jose';
import { expect } from 'vitest';
import { complete, signIn, signInOnce, withApplication } from './flow.ts';
import { isDynamic, type Modules, withCode } from './module.ts';
import {
  type Application,
  callRegistration,
  checkError,
  gives,
  makeApplication,
  makeRequest,
  type Run,
  unregister,
  visit,
} from './run.ts';
import {
  callTokenEndpoint,
  callUserinfo,
  checkIdToken,
  checkTokenError,
  checkTokens,
  readUserinfo,
} from './tokens.ts';
import type { SignedIn } from './flow.ts';

const longestWait = 2;

export const answers: Modules = {
  'oidcc-server': {
    demands:
      'the flow succeeds; hashes are right; the code cannot be guessed; name is not in the ID token',
    play: (run) =>
      signInOnce(run, {}, ({ claims, code }) => {
        // 128 bits (RFC 6749 §10.10).
        if (gives(run, 'code')) expect(code).toMatch(/^[\x20-\x7e]{22,}$/);
        if (gives(run, 'code') && gives(run, 'id_token'))
          expect(claims['c_hash']).toBeTypeOf('string');
        if (gives(run, 'token') && gives(run, 'id_token'))
          expect(claims['at_hash']).toBeTypeOf('string');
        expect(claims).not.toHaveProperty('name');
      }),
  },
  'oidcc-server-client-secret-post': {
    demands: 'the same for a client that authenticates by client_secret_post',
    play: (run) => signInOnce(run),
  },
  'oidcc-response-type-missing': {
    demands: 'without response_type: invalid_request or unsupported_response_type, in the query',
    play: (run) =>
      withApplication(run, {}, async (app) => {
        const request = makeRequest(run, app, { response_type: undefined });
        checkError(run, request, await visit(run, request), [
          'invalid_request',
          'unsupported_response_type',
        ]);
      }),
  },
  'oidcc-idtoken-signature': {
    demands: 'RS256 where the client registered no algorithm, with a kid that is published',
    isFor: isDynamic,
    play: (run) =>
      signInOnce(run, {}, ({ idToken }) => {
        expect(decodeProtectedHeader(idToken)).toMatchObject({
          alg: 'RS256',
          kid: expect.stringMatching(/./),
        });
      }),
  },
  'oidcc-idtoken-rs256': {
    demands: 'RS256 where the client registered it, with a kid that is published',
    isFor: isDynamic,
    play: (run) =>
      signInOnce(
        run,
        {},
        ({ idToken }, { registered }) => {
          expect(registered['id_token_signed_response_alg']).toBe('RS256');
          expect(decodeProtectedHeader(idToken)).toMatchObject({
            alg: 'RS256',
            kid: expect.stringMatching(/./),
          });
        },
        { metadata: { id_token_signed_response_alg: 'RS256' } },
      ),
  },
  'oidcc-idtoken-unsigned': {
    demands: 'skipped, as "none" is not announced; and nobody can register it',
    isFor: (variant) => isDynamic(variant) && !variant.responseType.includes('id_token'),
    async play(run) {
      expect(run.bench.metadata['id_token_signing_alg_values_supported']).not.toContain('none');
      const { status, answer } = await callRegistration(run, {
        metadata: { id_token_signed_response_alg: 'none' },
      });
      expect([status, answer['error']]).toEqual([400, 'invalid_client_metadata']);
    },
  },
  'oidcc-userinfo-get': {
    demands: 'userinfo answers GET with the token in the header, with the sub of the ID token',
    play: (run) => playUserinfo(run, 'get'),
  },
  'oidcc-userinfo-post-header': {
    demands: 'and POST with the token in the header',
    play: (run) => playUserinfo(run, 'post-header'),
  },
  'oidcc-userinfo-post-body': {
    demands: 'and POST with the token in the form',
    play: (run) => playUserinfo(run, 'post-body'),
  },
  'oidcc-userinfo-rs256': {
    demands:
      'userinfo as a JWT signed with RS256 where that was registered: application/jwt, iss and aud, no nonce',
    isFor: isDynamic,
    play: (run) =>
      signInOnce(run, {}, (signedIn, app) => playSignedUserinfo(run, app, signedIn), {
        metadata: { userinfo_signed_response_alg: 'RS256' },
      }),
  },
  'oidcc-ensure-request-without-nonce-succeeds-for-code-flow': {
    demands: 'without a nonce the flow succeeds, and none is in the ID token',
    play: (run) => signInOnce(run, { nonce: undefined }),
  },
  'oidcc-ensure-request-without-nonce-fails': {
    demands: 'without a nonce: invalid_request',
    isFor: ({ responseType }) => responseType.includes('id_token'),
    play: (run) =>
      withApplication(run, {}, async (app) => {
        const request = makeRequest(run, app, { nonce: undefined });
        checkError(run, request, await visit(run, request), ['invalid_request']);
      }),
  },
  'oidcc-ensure-post-request-succeeds': {
    demands: 'the authorization endpoint takes the request by POST',
    play: (run) =>
      withApplication(run, {}, async (app) => {
        const request = makeRequest(run, app);
        await complete(run, app, request, await visit(run, request, { method: 'POST' }));
      }),
  },
  'oidcc-ensure-request-with-valid-pkce-succeeds': {
    demands: 'with PKCE the flow succeeds, too',
    play: (run) =>
      withApplication(run, {}, async (app) => {
        const verifier = randomBytes(32).toString('base64url');
        const challenge = createHash('sha256').update(verifier).digest('base64url');
        const request = makeRequest(run, app, {
          code_challenge: challenge,
          code_challenge_method: 'S256',
        });
        const told = await visit(run, request);
        await complete(run, app, request, told, { words: { code_verifier: verifier } });
      }),
  },
  'oidcc-codereuse': {
    demands: 'a code that was used is refused with invalid_grant',
    isFor: withCode,
    play: (run) => signInOnce(run, {}, (signedIn, app) => reuseCode(run, app, signedIn)),
  },
  'oidcc-codereuse-30seconds': {
    demands: 'and the access token that it gave has ended',
    isFor: withCode,
    play: (run) =>
      signInOnce(run, {}, async (signedIn, app) => {
        await reuseCode(run, app, signedIn);
        expect((await callUserinfo(run, String(signedIn.tokens['access_token']))).status).toBe(401);
      }),
  },
  'oidcc-refresh-token': {
    demands: 'a refresh token gives new tokens of the same sign-in, to its own client alone',
    isFor: withCode,
    play: playRefreshToken,
  },
  'oidcc-ensure-client-assertion-with-iss-aud-succeeds': {
    demands: 'an assertion whose audience is the issuer authenticates the client',
    play: (run) =>
      withApplication(run, {}, async (app) => {
        const request = makeRequest(run, app);
        await complete(run, app, request, await visit(run, request), {
          audience: run.bench.issuer,
        });
      }),
  },
};

function playUserinfo(run: Run, way: 'get' | 'post-header' | 'post-body'): Promise<void> {
  return signInOnce(run, {}, async ({ accessToken, claims }) => {
    const told = await readUserinfo(run, accessToken, way);
    if (claims.sub !== undefined) expect(told['sub']).toBe(claims.sub);
  });
}

async function playSignedUserinfo(
  run: Run,
  app: Application,
  { accessToken, claims }: SignedIn,
): Promise<void> {
  expect(run.bench.metadata['userinfo_signing_alg_values_supported']).toContain('RS256');
  // Without an access token there is nobody to ask.
  if (accessToken === '') return;
  const response = await callUserinfo(run, accessToken);
  expect([response.status, response.headers.get('content-type')]).toEqual([
    200,
    expect.stringMatching(/^application\/jwt\b/),
  ]);
  const { payload } = await jwtVerify(await response.text(), await run.bench.verifier(), {
    issuer: run.bench.issuer,
    audience: app.clientId,
    algorithms: ['RS256'],
  });
  expect(payload.sub).toBe(claims.sub);
  expect(payload).not.toHaveProperty('nonce');
}

async function reuseCode(run: Run, app: Application, { code, request }: SignedIn): Promise<void> {
  const { redirect_uri = '' } = request.parameters;
  const again = { grant_type: 'authorization_code', code, redirect_uri };
  checkTokenError(await callTokenEndpoint(run, app, again), 'invalid_grant');
}

const refreshing = {
  metadata: { grant_types: ['authorization_code', 'implicit', 'refresh_token'] },
};

async function playRefreshToken(run: Run): Promise<void> {
  expect(run.bench.metadata['grant_types_supported']).toContain('refresh_token');
  const [first, second] = [
    await makeApplication(run, refreshing),
    await makeApplication(run, { ...refreshing, second: true }),
  ];
  await refreshOnce(run, first);
  const tokenOfSecond = await refreshOnce(run, second);
  const stolen = { grant_type: 'refresh_token', refresh_token: tokenOfSecond };
  checkTokenError(await callTokenEndpoint(run, first, stolen), 'invalid_grant');
  await unregister(run, first);
  await unregister(run, second);
}

/** Answers the refresh token that is good then. */
export async function refreshOnce(
  run: Run,
  app: Application,
  before: () => void = () => {},
): Promise<string> {
  const scope = 'openid offline_access';
  const { tokens } = await signIn(run, app, { scope, prompt: 'consent' });
  const refreshToken = String(tokens['refresh_token']);
  // RFC 6749 §A.17.
  expect(refreshToken).toMatch(/^[\x20-\x7e]{22,}$/);
  const original = await checkIdToken(run, app, tokens['id_token'], { nonce: nonceOf(tokens) });
  before();
  const words = { grant_type: 'refresh_token', refresh_token: refreshToken, scope };
  const refreshed = checkTokens(await callTokenEndpoint(run, app, words));
  expect(refreshed['access_token']).not.toBe(tokens['access_token']);
  const accessToken = String(refreshed['access_token']);
  if ('id_token' in refreshed) {
    const { id_token: token } = refreshed;
    const renewed = await checkIdToken(run, app, token, { nonce: nonceOf(refreshed), accessToken });
    // OpenID Connect Core §12.2.
    for (const name of ['iss', 'sub', 'aud', 'auth_time', 'azp'])
      expect(renewed[name]).toEqual(original[name]);
    expect((renewed.iat ?? 0) - (original.iat ?? 0)).toBeGreaterThanOrEqual(0);
    expect((renewed.iat ?? 0) - (original.iat ?? 0)).toBeLessThan(60 * longestWait);
  }
  expect((await callUserinfo(run, accessToken)).status).toBe(200);
  const { refresh_token: renewed = refreshToken } = refreshed;
  return String(renewed);
}

/** Checked where it was asked for; here it is only carried along. */
function nonceOf({ id_token: token }: Readonly<Record<string, unknown>>): string | undefined {
  const [, payload = ''] = String(token).split('.');
  const { nonce } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { nonce?: string };
  return nonce;
}
