/**
 * Exchanges an API key for an access token (docs/api-keys.md §3): for APIs that accept only tokens,
 * and for many requests in a row.
 */
import { isName } from '@keywright/jwt';
import { ClientError } from './client-error.ts';
import { addressFault, apiKeyFault, assertOptions, callFault } from './option-faults.ts';
import { type Fetch, fetchPublished, readText } from './published-json.ts';

/** The key, and the issuer that gives tokens for it. */
export interface ExchangeOptions {
  /** The issuer identifier of the authorization server, exactly. */
  readonly issuer: string;
  readonly apiKey: string;
  /** By default all that the key has. */
  readonly scope?: string;
  /** By default that of the platform. */
  readonly fetch?: Fetch;
  /** In milliseconds. */
  readonly clock?: () => number;
}

/** An access token that was given for an API key. */
export interface AccessToken {
  readonly accessToken: string;
  /** In milliseconds. */
  readonly expiresAt: number;
  readonly scope: string | undefined;
}

/** Access tokens for one API key. */
export interface ApiKeyExchange {
  /** An access token, the same until shortly before its end. Rejects as `exchangeApiKey`. */
  accessToken(): Promise<string>;
  /** Makes the next call fetch another token. Call it if an API did not accept this one. */
  forget(): void;
}

const timeoutMs = 10_000;
const longestAnswer = 64 * 1024;
/** A token is replaced this long before its end, so that it does not expire on the way. */
const marginMs = 30_000;
/** Used if the issuer does not say how long the token is valid (RFC 6749 §5.1). */
const shortLife = 60;

/**
 * Keeps one access token for an API key (docs/api-keys.md §3), and fetches the next one when it is
 * needed: once for all who wait, 30 s before the end of the former. Does not read the token.
 * @throws TypeError for options that are missing, misspelt or of another kind, with all of their
 * faults
 * @example
 * ```ts
 * import { createApiKeyExchange } from '@keywright/client';
 *
 * const tokens = createApiKeyExchange({
 *   issuer: 'https://login.example.com',
 *   apiKey: process.env['API_KEY'] ?? '',
 * });
 * const response = await fetch('https://api.example.com/buildings', {
 *   headers: { authorization: `Bearer ${await tokens.accessToken()}` },
 * });
 * if (response.status === 401) tokens.forget();
 * ```
 */
export function createApiKeyExchange(options: ExchangeOptions): ApiKeyExchange {
  assertExchange(options);
  const { clock = Date.now } = options;
  let held: { readonly token: AccessToken; readonly gotAt: number } | undefined;
  let pending: Promise<AccessToken> | undefined;

  async function load(): Promise<AccessToken> {
    const gotAt = clock();
    const token = await exchangeApiKey(options);
    held = { token, gotAt };
    return token;
  }

  return {
    async accessToken() {
      const now = clock();
      if (held !== undefined && now >= held.gotAt && now < replaceAt(held))
        return held.token.accessToken;
      pending ??= load().finally(() => {
        pending = undefined;
      });
      return (await pending).accessToken;
    },
    forget() {
      held = undefined;
    },
  };
}

function replaceAt({
  token,
  gotAt,
}: {
  readonly token: AccessToken;
  readonly gotAt: number;
}): number {
  return token.expiresAt - Math.min(marginMs, (token.expiresAt - gotAt) / 2);
}

function assertExchange(options: ExchangeOptions): void {
  assertOptions<ExchangeOptions>(options, ({ issuer, apiKey, scope, fetch, clock }) => ({
    issuer: addressFault(issuer),
    apiKey: apiKeyFault(apiKey),
    // An empty scope would ask for all scopes of the key.
    scope: scope === undefined || isName(scope) ? undefined : 'a text, or left out.',
    fetch: callFault(fetch),
    clock: callFault(clock),
  }));
}

/**
 * Exchanges an API key for one access token (docs/api-keys.md §3). The key goes to the issuer
 * alone, over TLS, in a header. Does not read the token.
 *
 * Rejects with ClientError `exchange_refused`, `metadata_unusable`, with TypeError for options
 * that are missing, misspelt or of another kind, and with whatever `fetch` rejects with.
 * @example
 * ```ts
 * import { exchangeApiKey } from '@keywright/client';
 *
 * const { accessToken, expiresAt } = await exchangeApiKey({
 *   issuer: 'https://login.example.com',
 *   apiKey: process.env['API_KEY'] ?? '',
 *   scope: 'buildings:read',
 * });
 * console.log(accessToken.length, new Date(expiresAt));
 * ```
 */
export async function exchangeApiKey(options: ExchangeOptions): Promise<AccessToken> {
  assertExchange(options);
  const { fetch = globalThis.fetch, clock = Date.now, scope } = options;
  const endpoint = await findTokenEndpoint(options.issuer, fetch);
  const askedAt = clock();
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { authorization: `ApiKey ${options.apiKey}`, accept: 'application/json' },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      ...(scope === undefined ? {} : { scope }),
    }),
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  });
  const answer = await readAnswer(response);
  const { access_token: accessToken, token_type: type, expires_in: life } = answer;
  if (
    response.status !== 200 ||
    typeof accessToken !== 'string' ||
    !/^bearer$/i.test(String(type))
  ) {
    throw refused(response.status, answer);
  }
  const seconds = typeof life === 'number' && life >= 0 ? life : shortLife;
  return { accessToken, expiresAt: askedAt + seconds * 1000, scope: textOf(answer['scope']) };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

async function readAnswer(response: Response): Promise<Readonly<Record<string, unknown>>> {
  try {
    const value: unknown = JSON.parse(await readText(response, longestAnswer));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Error codes have only few characters (RFC 6749 §5.2). A code with others is not shown. */
function refused(
  status: number,
  { error, error_uri }: Readonly<Record<string, unknown>>,
): ClientError {
  const words = [error, reasonIn(error_uri)].filter(
    (one) => typeof one === 'string' && /^[\w.-]{1,64}$/.test(one),
  );
  const why = words.length === 0 ? 'no token' : words.join(', ');
  return new ClientError('exchange_refused', `The issuer answered ${status}: ${why}.`);
}

/** The issuer explains its refusals at pages, each named by its reason (docs/errors.md). */
function reasonIn(uri: unknown): string | undefined {
  return typeof uri === 'string' ? /\/errors\/(\w+)(?:\?|$)/.exec(uri)?.[1] : undefined;
}

/** RFC 8414 §3.1 inserts the path, OpenID Connect Discovery §4.1 appends it. */
function metadataAddresses(issuer: string): readonly string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  return [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
  ];
}

async function findTokenEndpoint(issuer: string, fetch: Fetch): Promise<string> {
  const failures: unknown[] = [];
  for (const address of metadataAddresses(issuer)) {
    try {
      return tokenEndpointOf(await fetchPublished(fetch, address), issuer);
    } catch (error) {
      failures.push(error);
    }
  }
  const cause = new AggregateError(failures);
  throw new ClientError('metadata_unusable', `The metadata of ${issuer} cannot be used.`, {
    cause,
  });
}

function tokenEndpointOf(metadata: Readonly<Record<string, unknown>>, issuer: string): string {
  const { issuer: stated, token_endpoint: endpoint } = metadata;
  // RFC 8414 §3.3. The key gives access, so it goes to no other host, whatever the metadata say.
  if (stated !== issuer) throw new TypeError('The metadata belong to another issuer.');
  if (typeof endpoint === 'string' && URL.parse(endpoint)?.origin === new URL(issuer).origin)
    return endpoint;
  throw new TypeError('The metadata has no token endpoint at the issuer itself.');
}
