/** Sealing an API key for one request (docs/api-keys.md §4). */
import { randomBytes } from 'node:crypto';
import {
  importSealingKey,
  isName,
  isObject,
  isTime,
  type Jwk,
  type SealChance,
  type SealingKey,
  sealJwe,
} from '@keywright/jwt';
import { apiKeyFault, assertOptions } from './option-faults.ts';

/** The request that a key is sealed for, and the published key of its API. */
export interface SealOptions {
  readonly apiKey: string;
  /** The identifier of the API, exactly. */
  readonly audience: string;
  readonly method: string;
  /** The address of the request; its query and fragment are left out. */
  readonly url: string | URL;
  /** The API's published key (`use` is `enc`, `alg` is `ECDH-ES`). */
  readonly key: Jwk;
  readonly nowSeconds?: number;
  /** 22 to 64 characters of base64url, never used before. By default 128 random bits. */
  readonly jti?: string;
  /** For vectors alone. */
  readonly chance?: SealChance;
}

const typ = 'api-key+jwe';

/**
 * Seals an API key for one request (docs/api-keys.md §4): what goes behind `Authorization: ApiKey
 * `, good within the next minute, once. Does not check whose key it is sealed for: the holder of
 * the other half reads the API key.
 * @throws TypeError for options that are missing, misspelt or of another kind, with all of their
 * faults
 * @example
 * ```ts
 * import { sealApiKey } from '@keywright/client';
 *
 * const response = await fetch('https://api.example.com/.well-known/jwks.json');
 * const { keys } = (await response.json()) as { keys: [Record<string, unknown>] };
 * const url = 'https://api.example.com/buildings';
 * const sealed = sealApiKey({
 *   apiKey: process.env['API_KEY'] ?? '',
 *   audience: 'https://api.example.com',
 *   method: 'GET',
 *   url,
 *   key: keys[0],
 * });
 * await fetch(url, { headers: { authorization: `ApiKey ${sealed}` } });
 * ```
 */
export function sealApiKey(options: SealOptions): string {
  const receiver =
    isObject(options) && isObject(options.key) ? importSealingKey(options.key) : undefined;
  assertSealOptions(options, receiver);
  // Without a value, the options were refused.
  return sealFor(receiver as SealingKey, options);
}

/**
 * A missing value would be sealed for no API, no method or no time. It is left out if the API would
 * look for it.
 */
function assertSealOptions(options: SealOptions, receiver: SealingKey | undefined): void {
  const unless = (isGiven: boolean) => (isGiven ? undefined : 'missing or mistyped.');
  assertOptions<SealOptions>(
    options,
    ({ apiKey, audience, method, url, nowSeconds = 0, jti = 'a' }) => ({
      apiKey: apiKeyFault(apiKey),
      audience: unless(isName(audience)),
      method: unless(isName(method)),
      url: unless(isName(url) ? URL.canParse(url) : url instanceof URL),
      key:
        receiver === undefined
          ? 'a public JWK with use "enc", alg "ECDH-ES" and a kid.'
          : undefined,
      nowSeconds: unless(isTime(nowSeconds)),
      jti: unless(isName(jti)),
      chance: undefined,
    }),
  );
}

/** The same for a key that was read before, and a text that was checked. */
export function sealFor(receiver: SealingKey, options: Omit<SealOptions, 'key'>): string {
  const { origin, pathname } = new URL(options.url);
  const payload = {
    key: options.apiKey,
    aud: options.audience,
    htm: options.method,
    htu: origin + pathname,
    iat: options.nowSeconds ?? Math.floor(Date.now() / 1000),
    jti: options.jti ?? randomBytes(16).toString('base64url'),
  };
  return sealJwe(JSON.stringify(payload), typ, receiver, options.chance);
}
