/**
 * The token endpoint, userinfo and ID tokens, with the checks that the suite makes of every answer.
 */
import { createHash } from 'node:crypto';
import { type JWTPayload, jwtVerify } from 'jose';
import { expect } from 'vitest';
import type { Metadata } from './bench.ts';
import { type Application, type Run, signAssertion } from './run.ts';

export interface TokenAnswer {
  readonly status: number;
  readonly json: Metadata;
}

type Words = Readonly<Record<string, string>>;

export async function callTokenEndpoint(
  run: Run,
  app: Application,
  words: Words,
  audience?: string,
): Promise<TokenAnswer> {
  const { headers, body } = await authenticate(run, app, words, audience);
  const address = String(run.bench.metadata['token_endpoint']);
  const response = await run.bench.fetch(address, { method: 'POST', headers, body });
  expect(response.headers.get('content-type')).toMatch(/^application\/json\b/);
  // RFC 6749 §5.1.
  expect(response.headers.get('cache-control')).toContain('no-store');
  return { status: response.status, json: (await response.json()) as Metadata };
}

async function authenticate(
  run: Run,
  app: Application,
  words: Words,
  audience: string | undefined,
) {
  const { clientId, secret = '' } = app;
  switch (run.variant.authentication) {
    case 'client_secret_basic': {
      const pair = `${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`;
      const authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
      return { headers: { authorization }, body: new URLSearchParams(words) };
    }
    case 'client_secret_post':
      return {
        headers: {},
        body: new URLSearchParams({ ...words, client_id: clientId, client_secret: secret }),
      };
    case 'private_key_jwt': {
      const assertion = {
        client_assertion: await signAssertion(run, app, audience),
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      };
      return { headers: {}, body: new URLSearchParams({ ...words, ...assertion }) };
    }
  }
}

/** What a request for tokens must be answered with. */
export function checkTokens({ status, json }: TokenAnswer): Metadata {
  expect([status, json['error_description']]).toEqual([200, undefined]);
  expect(String(json['token_type']).toLowerCase()).toBe('bearer');
  // RFC 6749 §A.12; and 128 bits that nobody can guess.
  expect(json['access_token']).toMatch(/^[\x20-\x7e]{22,}$/);
  expect(json['expires_in']).toSatisfy(
    (seconds) => Number.isSafeInteger(seconds) && (seconds as number) > 0,
  );
  return json;
}

/** RFC 6749 §5.2. */
export function checkTokenError({ status, json }: TokenAnswer, error: string): void {
  expect([status, json['error']]).toEqual([400, error]);
  expect(json['error_description']).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
}

export interface IdTokenChecks {
  readonly nonce: string | undefined;
  readonly code?: string | undefined;
  readonly accessToken?: string | undefined;
}

/** PerformStandardIdTokenChecks. RS256, as nobody asks for another algorithm. */
export async function checkIdToken(
  run: Run,
  app: Application,
  token: unknown,
  { nonce, code, accessToken }: IdTokenChecks,
): Promise<JWTPayload> {
  expect(token).toBeTypeOf('string');
  const { payload, protectedHeader } = await jwtVerify(String(token), await run.bench.verifier(), {
    issuer: run.bench.issuer,
    audience: app.clientId,
    algorithms: ['RS256'],
    requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat'],
  });
  const { keys } = await run.bench.keys();
  expect(keys.map(({ kid }) => kid)).toContain(protectedHeader.kid);
  expect(payload.sub).toMatch(/^[\x20-\x7e]{1,255}$/);
  expect(payload['nonce']).toBe(nonce);
  checkStandardClaims(payload);
  if (code !== undefined) expect(payload['c_hash']).toBe(halfHash(code));
  if (accessToken !== undefined) expect(payload['at_hash']).toBe(halfHash(accessToken));
  return payload;
}

/** OpenID Connect Core §3.1.3.6, for RS256. */
function halfHash(text: string): string {
  return createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url');
}

/** All that are texts. */
const texts =
  'sub name given_name family_name middle_name nickname preferred_username profile picture website email gender birthdate zoneinfo locale phone_number'.split(
    ' ',
  );
const flags = ['email_verified', 'phone_number_verified'];
const addressParts = [
  'formatted',
  'street_address',
  'locality',
  'region',
  'postal_code',
  'country',
];

/** OpenID Connect Core §5.1. */
export function checkStandardClaims(claims: Metadata): void {
  for (const name of texts) if (name in claims) expect(claims[name], name).toMatch(/./);
  for (const name of flags) if (name in claims) expect(claims[name], name).toBeTypeOf('boolean');
  if ('updated_at' in claims) expect(claims['updated_at']).toBeTypeOf('number');
  if ('birthdate' in claims)
    expect(claims['birthdate']).toMatch(/^([0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4})$/);
  for (const [name, value] of Object.entries((claims['address'] ?? {}) as Metadata)) {
    expect(addressParts).toContain(name);
    expect(value).toBeTypeOf('string');
  }
}

export type TokenWay = 'get' | 'post-header' | 'post-body';

export function callUserinfo(
  { bench }: Run,
  accessToken: string,
  way: TokenWay = 'get',
): Promise<Response> {
  const address = String(bench.metadata['userinfo_endpoint']);
  if (way === 'post-body')
    return bench.fetch(address, {
      method: 'POST',
      body: new URLSearchParams({ access_token: accessToken }),
    });
  const headers = { authorization: `Bearer ${accessToken}` };
  return bench.fetch(address, { method: way === 'get' ? 'GET' : 'POST', headers });
}

export async function readUserinfo(
  run: Run,
  accessToken: string,
  way?: TokenWay,
): Promise<Metadata> {
  const response = await callUserinfo(run, accessToken, way);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^application\/json\b/);
  const claims = (await response.json()) as Metadata;
  expect(claims['sub']).toBeTypeOf('string');
  checkStandardClaims(claims);
  return claims;
}
