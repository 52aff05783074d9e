/** Sealing an API key for one request (docs/api-keys.md §4). */
import { randomBytes } from 'node:crypto';
import {
  importSealingKey,
  isTime,
  type Jwk,
  readApiKey,
  type SealChance,
  type SealingKey,
  sealJwe,
} from '@keywright/jwt';

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
 * @throws TypeError for a text that is no API key, a key that cannot be sealed for, and what is missing
 */
export function sealApiKey(options: SealOptions): string {
  assertApiKey(options.apiKey);
  assertPlace(options);
  const receiver = isObject(options.key) ? importSealingKey(options.key) : undefined;
  if (receiver === undefined)
    throw new TypeError('key: a public JWK with use "enc", alg "ECDH-ES" and a kid.');
  return sealFor(receiver, options);
}

/** What is missing would be sealed for no API, no method, no time: left out, where the API looks for it. */
function assertPlace({ audience, method, url, nowSeconds = 0, jti = 'a' }: SealOptions): void {
  const given = {
    audience: isText(audience),
    method: isText(method),
    url: isText(url) ? URL.canParse(url) : (url as unknown) instanceof URL,
    nowSeconds: isTime(nowSeconds),
    jti: isText(jti),
  };
  const missing = Object.entries(given).filter(([, isGiven]) => !isGiven);
  if (missing.length === 0) return;
  throw new TypeError(missing.map(([name]) => `${name}: missing or mistyped.`).join('\n'));
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
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

/** @throws TypeError: a key with a slip in it is better found here than at the API */
export function assertApiKey(text: string): void {
  if (typeof text !== 'string' || readApiKey(text) === undefined) {
    throw new TypeError('apiKey: this is no API key: its prefix, its length or its checksum is wrong.');
  }
}
