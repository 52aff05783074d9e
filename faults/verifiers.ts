/** APIs that verify tokens by published keys, which they cache. */
import {
  assertHeader,
  createRemoteKeySet,
  importKeySet,
  type KeySet,
  keyOf,
  parseJwt,
  verifyParsed,
} from '@keywright/jwt';
import { api } from './cast.ts';
import { send } from './http.ts';

export interface Verifier {
  /** Rejects if the token is refused. Returns the key that it names. */
  verify(token: string): Promise<string>;
}

type FindKey = (kid: string | undefined, algorithm: string) => ReturnType<KeySet['find']>;

async function judge(
  token: string,
  issuer: string,
  find: (...key: Parameters<FindKey>) => Promise<ReturnType<FindKey>>,
): Promise<string> {
  const parsed = parseJwt(token);
  assertHeader(parsed.header, 'at+jwt');
  const { kid, algorithm } = keyOf(parsed.header);
  const nowSeconds = Math.floor(Date.now() / 1000);
  verifyParsed(parsed, await find(kid, algorithm), { issuer, audience: api, nowSeconds });
  return kid ?? '';
}

/** Like the guard: caches them for the stated time, and fetches again for an unknown key. */
export function createAskingVerifier(issuer: string, jwksUri: string): Verifier {
  const keys = createRemoteKeySet({ url: jwksUri });
  return {
    verify: (token) => judge(token, issuer, async (kid, algorithm) => keys.resolve(kid, algorithm)),
  };
}

/** Caches them for its time, and fetches none until then. */
export function createKeepingVerifier(
  issuer: string,
  jwksUri: string,
  keepSeconds: number,
): Verifier {
  let kept: Promise<KeySet> | undefined;
  let fetchedAt = 0;
  const load = (): Promise<KeySet> => {
    if (kept === undefined || performance.now() - fetchedAt >= keepSeconds * 1000) {
      fetchedAt = performance.now();
      kept = send(jwksUri).then(({ body }) => importKeySet(JSON.parse(body)));
    }
    return kept;
  };
  return {
    verify: (token) =>
      judge(token, issuer, async (kid, algorithm) => (await load()).find(kid, algorithm)),
  };
}
