/**
 * A server under FAPI 1.0 Advanced with Heatlens as its client, which signs and presents a
 * certificate.
 */
import { randomUUID } from 'node:crypto';
import type { ClientCertificate, ClientRegistration } from '@keywright/core';
import { signJwtSync } from '@keywright/jwt';
import { createSelfSigned, thumbprintOf } from '../../jwt/src/testing-parts/certificates.ts';
import type { Answer, TestPlatform } from '../src/index.ts';
import {
  goThrough,
  heatlensKey,
  type ObjectWords,
  shortLink,
  signObject,
  toldIn,
} from './authorize-setting.ts';
import { callback, clients, createSunrise, type Words } from './sunrise.ts';

const certificate = createSelfSigned({ subject: [['CN', 'heatlens']] });
export const shown: ClientCertificate = { raw: certificate.der, isVerified: false };
export const shownThumbprint = thumbprintOf(certificate);

const heatlens = clients.find(({ client_id: id }) => id === 'heatlens');
const without = { code_challenge: undefined, code_challenge_method: undefined } as const;

export async function createFapi1(
  changes: Partial<ClientRegistration> = {},
): Promise<TestPlatform> {
  if (heatlens === undefined) throw new Error('no heatlens');
  const client = {
    ...heatlens,
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [heatlensKey.jwk] },
    response_types: ['code', 'code id_token'],
    id_token_signed_response_alg: 'ES256',
    ...changes,
  } as const;
  return createSunrise({ profile: 'fapi-1-advanced', clients: [client] });
}

/** RFC 7523 §2.2. The audience is one that FAPI 1.0 allows. */
export function credentials(platform: TestPlatform, aud = platform.issuer): Record<string, string> {
  const now = platform.clock.nowSeconds();
  const claims = {
    iss: 'heatlens',
    sub: 'heatlens',
    aud,
    jti: randomUUID(),
    iat: now,
    exp: now + 60,
  };
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: signJwtSync(heatlensKey, 'JWT', claims),
  };
}

/**
 * How the object is sent: in the link, or pushed. The values of the suite,
 * `fapi_auth_request_method`.
 */
export type RequestMethod = 'by_value' | 'pushed';
/** `fapi_response_mode`. */
export type ResponseWish = 'plain_response' | 'jarm';

export const wishes: Readonly<Record<ResponseWish, Words>> = {
  plain_response: { response_type: 'code id_token' },
  jarm: { response_type: 'code', response_mode: 'jwt' },
};

/** The object as the suite makes it: without PKCE by value, and without a type. */
export function objectOf(
  platform: TestPlatform,
  method: RequestMethod,
  words: Words = {},
  object: ObjectWords = {},
): string {
  return signObject(
    platform,
    { ...(method === 'by_value' ? without : {}), ...words },
    { typ: undefined, ...object },
  );
}

export function push(
  platform: TestPlatform,
  form: Readonly<Record<string, string>>,
): Promise<Answer> {
  return platform.browser().post('/par', { ...credentials(platform), ...form });
}

/** Refused at once by the endpoint, or the answer to the link. */
export async function send(
  platform: TestPlatform,
  method: RequestMethod,
  words: Words = {},
  object: ObjectWords = {},
  beside: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const request = objectOf(platform, method, words, object);
  if (method === 'by_value') return platform.browser().get(shortLink({ request, ...beside }));
  const pushed = await push(platform, { request });
  if (pushed.status !== 201) return pushed;
  return platform
    .browser()
    .get(shortLink({ request_uri: String(pushed.json['request_uri']), ...beside }));
}

/** The parameters for the application after a whole sign-in. */
export async function authorize(platform: TestPlatform, method: RequestMethod, words: Words = {}) {
  const request = objectOf(platform, method, words);
  const reference =
    method === 'by_value'
      ? { request }
      : { request_uri: String((await push(platform, { request })).json['request_uri']) };
  const answer = await goThrough(platform, shortLink(reference));
  return { told: toldIn(answer), isFragment: answer.location.hash !== '' };
}

export function redeem(
  platform: TestPlatform,
  code: string,
  verifier: string | undefined,
  {
    as = shown,
    more = {},
  }: { as?: ClientCertificate | 'nobody'; more?: Readonly<Record<string, string>> } = {},
): Promise<Answer> {
  const form = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: callback,
    ...(verifier === undefined ? {} : { code_verifier: verifier }),
    ...credentials(platform),
    ...more,
  };
  return platform.browser('192.0.2.1', as === 'nobody' ? undefined : as).post('/token', form);
}
