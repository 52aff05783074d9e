/**
 * The setting for flows of the authorization request and its answer: a client with keys, objects
 * that it signs, and answers of each mode.
 */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { ClientRegistration } from '@keywright/core';
import { exportPublicJwk, type SigningAlgorithm, signJwtSync, thumbprint } from '@keywright/jwt';
import {
  type Answer,
  type Browser,
  readForm,
  type TestPlatform,
  type TestPlatformOptions,
} from '../src/index.ts';
import { ada, authorizeLink, callback, clients, createSunrise, type Words } from './sunrise.ts';

export interface ClientKey {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly privateKey: KeyObject;
  readonly jwk: Readonly<Record<string, unknown>>;
}

export function makeClientKey(algorithm: 'ES256' | 'RS256' = 'ES256'): ClientKey {
  const { privateKey } =
    algorithm === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const kid = thumbprint(privateKey);
  return { kid, algorithm, privateKey, jwk: exportPublicJwk(privateKey, kid, algorithm) };
}

/** The key of Heatlens. It is made once, because this takes some time. */
export const heatlensKey = makeClientKey();

/** The platform with another registration of Heatlens, and all other clients. */
export function createAuthorizePlatform(
  heatlens: Partial<ClientRegistration> = {},
  options: TestPlatformOptions = {},
): Promise<TestPlatform> {
  const changed = clients.map((client) =>
    client.client_id === 'heatlens'
      ? { jwks: { keys: [heatlensKey.jwk] }, ...client, ...heatlens }
      : client,
  );
  return createSunrise({ clients: changed, ...options });
}

/** The parameters of the link with which Heatlens sends users. */
export function requestWords(words: Words = {}): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(authorizeLink(words).split('?')[1]));
}

export interface ObjectWords {
  /** Said to be undefined: none. */
  readonly typ?: string | undefined;
  readonly key?: ClientKey;
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** A request object as Heatlens makes it. `claims` change it. */
export function signObject(
  platform: TestPlatform,
  words: Words = {},
  { key = heatlensKey, claims = {}, ...header }: ObjectWords = {},
): string {
  const now = platform.clock.nowSeconds();
  const typ = 'typ' in header ? header.typ : 'oauth-authz-req+jwt';
  const all = {
    iss: 'heatlens',
    aud: platform.issuer,
    iat: now,
    nbf: now,
    exp: now + 300,
    ...requestWords(words),
    ...claims,
  };
  return typ === undefined ? signUntyped(key, all) : signJwtSync(key, typ, all);
}

/** As old clients make them. This server signs nothing without a type. */
function signUntyped({ kid, algorithm: alg, privateKey }: ClientKey, claims: object): string {
  const input = [{ alg, kid }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = sign('sha256', Buffer.from(input), {
    key: privateKey,
    dsaEncoding: 'ieee-p1363',
  });
  return `${input}.${signature.toString('base64url')}`;
}

/** The link with only the client and these parameters. */
export function shortLink(words: Readonly<Record<string, string>>): string {
  return `/authorize?${new URLSearchParams({ client_id: 'heatlens', ...words })}`;
}

export async function push(
  platform: TestPlatform,
  words: Words = {},
  clientId = 'heatlens',
): Promise<string> {
  const { client_id: _, ...own } = requestWords(words);
  const answer = await platform.post('/par', own, clientId);
  if (answer.status !== 201) throw new Error(`not pushed: ${answer.status} ${answer.body}`);
  return String(answer.json['request_uri']);
}

/**
 * Ada completes the flow: she signs in, and allows if she is asked. Returns the answer for the
 * application.
 */
export async function goThrough(
  platform: TestPlatform,
  address: string,
  browser: Browser = platform.browser(),
): Promise<Answer> {
  let answer = await browser.get(address);
  if (leadsTo(platform, answer, '/sign-in'))
    answer = await platform.signIn(browser, ada, answer.location);
  if (!leadsTo(platform, answer, '/consent')) return answer;
  const page = await browser.get(answer.location.href);
  if (page.status !== 200 || page.json['page'] !== 'consent') return page;
  return browser.post('/consent', {
    ...readForm(page),
    decision: 'allow',
    scope: ['measurements:read'],
  });
}

function leadsTo(platform: TestPlatform, answer: Answer, path: string): boolean {
  if (answer.headers['location'] === undefined) return false;
  return answer.location.origin === platform.issuer && answer.location.pathname === path;
}

/** The parameters that the application gets: in the query, in the fragment, or in a form. */
export function toldIn(answer: Answer): URLSearchParams {
  if (answer.status === 200) return new URLSearchParams(readForm(answer));
  const { location } = answer;
  if (location.origin + location.pathname !== callback)
    throw new Error(`not to the application: ${location}`);
  return location.hash === '' ? location.searchParams : new URLSearchParams(location.hash.slice(1));
}
