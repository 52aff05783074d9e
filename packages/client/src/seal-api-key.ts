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
 * What goes behind `Authorization: ApiKey `, good for this one request within the next minute. Does not check whose key it is
 * sealed for: whoever holds the other half reads the API key.
 * @throws TypeError for options that cannot be meant, with all of their faults
 */
export function sealApiKey(options: SealOptions): string {
  const receiver = isObject(options) && isObject(options.key) ? importSealingKey(options.key) : undefined;
  assertSealOptions(options, receiver);
  // Without one the options were refused.
  return sealFor(receiver as SealingKey, options);
}

/** What is missing would be sealed for no API, no method, no time: left out, where the API looks for it. */
function assertSealOptions(options: SealOptions, receiver: SealingKey | undefined): void {
  const unless = (isGiven: boolean) => (isGiven ? undefined : 'missing or mistyped.');
  assertOptions<SealOptions>(options, ({ apiKey, audience, method, url, nowSeconds = 0, jti = 'a' }) => ({
    apiKey: apiKeyFault(apiKey),
    audience: unless(isName(audience)),
    method: unless(isName(method)),
    url: unless(isName(url) ? URL.canParse(url) : url instanceof URL),
    key: receiver === undefined ? 'a public JWK with use "enc", alg "ECDH-ES" and a kid.' : undefined,
    nowSeconds: unless(isTime(nowSeconds)),
    jti: unless(isName(jti)),
    chance: undefined,
  }));
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
