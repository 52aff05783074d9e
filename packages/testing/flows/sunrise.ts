/** The platform of the flows: two APIs, a client of every kind and trust, two users. */
import { createHash } from 'node:crypto';
import type { ApiRegistration, ClientRegistration, GoOnView } from '@keywright/core';
import {
  type Answer,
  type Browser,
  createTestPlatform,
  readForm,
  type TestPlatform,
  type TestPlatformOptions,
} from '../src/index.ts';

export const buildings = 'https://api.sunrise.example';
export const billing = 'https://billing.sunrise.example';
export const callback = 'https://heatlens.example/callback';
export const spaCallback = 'https://spa.example/callback';
export const nativeCallback = 'com.example.app:/callback';
export const everyScope = 'openid profile email offline_access buildings:read measurements:read';

export const clients: readonly ClientRegistration[] = [
  {
    client_id: 'heatlens',
    kind: 'web',
    trust: 'third-party',
    client_name: 'Heatlens',
    publisher: 'Nordwind Analytics',
    redirect_uris: [callback],
    scope: `${everyScope} invoices:read`,
    optional_scope: 'measurements:read',
  },
  {
    client_id: 'portal',
    kind: 'web',
    trust: 'first-party',
    client_name: 'Sunrise Portal',
    redirect_uris: ['https://portal.sunrise.example/callback'],
    grant_types: ['authorization_code', 'refresh_token', 'password'],
    scope: everyScope,
  },
  {
    client_id: 'spa',
    kind: 'browser',
    trust: 'third-party',
    client_name: 'Roof Planner',
    redirect_uris: [spaCallback],
    grant_types: ['authorization_code', 'refresh_token', 'implicit'],
    scope: everyScope,
  },
  {
    client_id: 'native',
    kind: 'native',
    trust: 'third-party',
    client_name: 'Pocket Meter',
    redirect_uris: [nativeCallback, 'http://127.0.0.1/callback'],
    scope: everyScope,
  },
  {
    client_id: 'collector',
    kind: 'service',
    trust: 'first-party',
    client_name: 'Collector',
    scope: 'buildings:read measurements:read',
  },
  {
    client_id: 'buildings-api',
    kind: 'service',
    trust: 'first-party',
    client_name: 'The buildings API itself',
  },
  {
    client_id: 'stranger',
    kind: 'web',
    trust: 'unverified',
    client_name: 'Stranger',
    redirect_uris: ['https://stranger.example/callback'],
    scope: 'openid profile',
  },
];

export const apis: readonly ApiRegistration[] = [
  {
    identifier: buildings,
    name: 'Sunrise Buildings',
    scopes: [
      { name: 'buildings:read', description: 'See the buildings you own' },
      { name: 'measurements:read', description: 'Read the measurements of your buildings' },
    ],
    introspectors: ['buildings-api'],
  },
  {
    identifier: billing,
    name: 'Sunrise Billing',
    scopes: [{ name: 'invoices:read', description: 'Read your invoices' }],
  },
];

export const ada = 'ada@example.com';
export const grace = 'grace@example.com';

export function createSunrise(options: TestPlatformOptions = {}): Promise<TestPlatform> {
  return createTestPlatform({
    apis,
    clients,
    people: [
      { email: ada, password: 'correct horse', name: 'Ada Byron' },
      { email: grace, password: 'battery staple', name: 'Grace Hopper' },
    ],
    ...options,
  });
}

export const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
export const challenge = createHash('sha256').update(verifier).digest('base64url');

export type Words = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * The link with which Heatlens sends a user. `words` change it. Undefined leaves a parameter out.
 */
export function authorizeLink(words: Words = {}): string {
  const all: Words = {
    response_type: 'code',
    client_id: 'heatlens',
    redirect_uri: callback,
    scope: 'openid buildings:read',
    state: 'af0ifjsldkj',
    nonce: 'n-0S6_WzA2Mj',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...words,
  };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(all))
    for (const one of value === undefined ? [] : [value].flat()) query.append(name, one);
  return `/authorize?${query}`;
}

/** Ada follows the link, signs in and allows. Returns the address to which she returns. */
export async function allow(
  platform: TestPlatform,
  words: Words = {},
  browser: Browser = platform.browser(),
  ticked: readonly string[] = ['measurements:read'],
): Promise<URL> {
  let answer = await browser.get(authorizeLink(words));
  // A refusal for an unreviewed application stops at a page, and she continues by its link.
  const goOn = answer.status === 400 ? (answer.json['goOn'] as GoOnView | undefined) : undefined;
  if (goOn !== undefined) return new URL(goOn.address);
  if (answer.location.pathname === '/sign-in')
    answer = await platform.signIn(browser, ada, answer.location);
  if (answer.location.origin !== platform.issuer) return answer.location;
  const page = await browser.get(answer.location.href);
  if (page.status === 303) return page.location;
  return (await browser.post('/consent', { ...readForm(page), decision: 'allow', scope: ticked }))
    .location;
}

/** The code of a whole sign-in. */
export async function obtainCode(
  platform: TestPlatform,
  words: Words = {},
  browser?: Browser,
): Promise<string> {
  const back = await allow(platform, words, browser);
  const code = back.searchParams.get('code');
  if (code === null) throw new Error(`no code: ${back}`);
  return code;
}

export function redeem(
  platform: TestPlatform,
  code: string,
  words: Words = {},
  clientId = 'heatlens',
): Promise<Answer> {
  const form = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: callback,
    code_verifier: verifier,
    ...words,
  };
  return platform.post('/token', withoutAbsent(form), clientId);
}

export function refresh(
  platform: TestPlatform,
  token: string,
  words: Words = {},
  clientId = 'heatlens',
): Promise<Answer> {
  return platform.post(
    '/token',
    withoutAbsent({ grant_type: 'refresh_token', refresh_token: token, ...words }),
    clientId,
  );
}

function withoutAbsent(words: Words): Record<string, string | readonly string[]> {
  const present: Record<string, string | readonly string[]> = {};
  for (const [name, value] of Object.entries(words)) if (value !== undefined) present[name] = value;
  return present;
}

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly id_token: string;
  readonly expires_in: number;
  readonly scope: string;
  readonly token_type: string;
}

/** All tokens of Heatlens after a whole sign-in of Ada. */
export async function obtainTokens(platform: TestPlatform, words: Words = {}): Promise<Tokens> {
  const answer = await redeem(platform, await obtainCode(platform, words), {
    resource: words['resource'],
  });
  return tokensOf(answer);
}

export function tokensOf(answer: Answer): Tokens {
  if (answer.status !== 200) throw new Error(`no tokens: ${answer.status} ${answer.body}`);
  return answer.json as unknown as Tokens;
}

/** The claims of a JWT, not verified. */
export function claimsOf(token: string): Record<string, unknown> {
  return partOf(token, 1);
}

export function headerOf(token: string): Record<string, unknown> {
  return partOf(token, 0);
}

function partOf(token: string, index: number): Record<string, unknown> {
  return JSON.parse(
    Buffer.from(token.split('.')[index] ?? '', 'base64url').toString('utf8'),
  ) as Record<string, unknown>;
}
