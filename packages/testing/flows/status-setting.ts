/**
 * The platform with a status for the tokens of the buildings API, and a reader of status lists that
 * shares no code with the server.
 */
import { createPublicKey, verify } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import type { Store } from '@keywright/core';
import {
  readForm,
  type Answer,
  type Browser,
  type TestPlatform,
  type TestPlatformOptions,
} from '../src/index.ts';
import {
  allow,
  apis,
  buildings,
  claimsOf,
  createSunrise,
  headerOf,
  obtainCode,
  redeem,
  spaCallback,
  type Tokens,
  tokensOf,
  type Words,
} from './sunrise.ts';

export function createStatusSunrise(options: TestPlatformOptions = {}): Promise<TestPlatform> {
  const asking = apis.map((api) => ({ ...api, token_status: api.identifier === buildings }));
  return createSunrise({ apis: asking, ...options });
}

export interface Place {
  readonly idx: number;
  readonly uri: string;
}

export function placeOf(accessToken: string): Place {
  const status = claimsOf(accessToken)['status'] as { readonly status_list: Place } | undefined;
  if (status === undefined) throw new Error('the token has no status');
  return status.status_list;
}

export function getList(
  platform: TestPlatform,
  { uri }: Place,
  headers?: Readonly<Record<string, string>>,
): Promise<Answer> {
  return platform.get(new URL(uri).pathname, headers);
}

/** 1 if the list says that the token has ended, otherwise 0. Throws if the list is invalid. */
export async function statusOf(platform: TestPlatform, accessToken: string): Promise<number> {
  const place = placeOf(accessToken);
  return readStatus(platform, (await getList(platform, place)).body, place);
}

export async function readStatus(
  platform: TestPlatform,
  list: string,
  { idx, uri }: Place,
): Promise<number> {
  await assertSigned(platform, list);
  const claims = claimsOf(list);
  if (claims['sub'] !== uri || claims['iss'] !== platform.issuer)
    throw new Error('the list is another one');
  const { bits, lst } = claims['status_list'] as { readonly bits: number; readonly lst: string };
  if (bits !== 1) throw new Error('a status has more than one bit');
  const bytes = inflateSync(Buffer.from(lst, 'base64url'));
  return (bytes.readUInt8(Math.floor(idx / 8)) / 2 ** (idx % 8)) & 1;
}

async function assertSigned(platform: TestPlatform, list: string): Promise<void> {
  const { alg, typ, kid } = headerOf(list);
  if (alg !== 'ES256' || typ !== 'statuslist+jwt') throw new Error('the list is of another type');
  const { keys } = (await platform.get('/jwks')).json as { keys: { readonly kid: string }[] };
  const key = createPublicKey({
    key: keys.find((one) => one.kid === kid) as object,
    format: 'jwk',
  });
  const [header, payload, signature = ''] = list.split('.');
  const good = verify(
    'sha256',
    Buffer.from(`${header}.${payload}`),
    { key, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
  if (!good) throw new Error('the list is not signed by the issuer');
}

/** Heatlens with a token for the buildings API, through this browser. */
export async function connectHeatlens(
  platform: TestPlatform,
  words: Words = {},
  browser: Browser = platform.browser(),
): Promise<Tokens> {
  return tokensOf(await redeem(platform, await obtainCode(platform, words, browser)));
}

export async function obtainImplicitToken(
  platform: TestPlatform,
  browser = platform.browser(),
): Promise<string> {
  const words = {
    response_type: 'token',
    client_id: 'spa',
    redirect_uri: spaCallback,
    code_challenge: undefined,
    code_challenge_method: undefined,
  };
  const back = await allow(platform, words, browser);
  return new URLSearchParams(back.hash.slice(1)).get('access_token') ?? '';
}

export async function signOut(browser: Browser): Promise<void> {
  const answer = await browser.post('/sign-out', readForm(await browser.get('/sign-out')));
  if (answer.location.pathname !== '/signed-out') throw new Error('not signed out');
}

/** A store that reports every called verb, as `group.verb`. */
export function tellingStore(store: Store, tell: (verb: string) => void): Store {
  const telling = <T extends object>(target: T, path: string): T =>
    new Proxy(target, {
      get: (of, name) => {
        const member: unknown = Reflect.get(of, name);
        if (typeof member === 'object' && member !== null)
          return telling(member, `${String(name)}.`);
        if (typeof member !== 'function') return member;
        return (...args: readonly unknown[]) => {
          tell(path + String(name));
          return Reflect.apply(member, of, args) as unknown;
        };
      },
    });
  return telling(store, '');
}
