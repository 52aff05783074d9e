/** A `fetch` for one API that seals an API key for each request (docs/api-keys.md). */
import type { SealingKey } from '@keywright/jwt';
import { createSealingKeySource, type SealingKeySource } from './api-key-source.ts';
import { ClientError } from './client-error.ts';
import { addressFault, apiKeyFault, assertOptions, callFault } from './option-faults.ts';
import { type Fetch, readText } from './published-json.ts';
import { sealFor } from './seal-api-key.ts';

/** The key, and the one API that it is sent to. */
export interface ApiKeyFetchOptions {
  readonly apiKey: string;
  /**
   * The API's identifier, exactly as its metadata states it; an https address. Its origin is the
   * only one that the key is sent to, and it decides whose key it is sealed for: so it is never
   * taken from a request.
   */
  readonly resource: string;
  /** By default that of the platform. */
  readonly fetch?: Fetch;
  /** In milliseconds. */
  readonly clock?: () => number;
}

interface Caller {
  readonly options: ApiKeyFetchOptions;
  readonly origin: string;
  readonly source: SealingKeySource;
  readonly fetch: Fetch;
}

/**
 * Makes a `fetch` for one API that seals an API key anew for each request (docs/api-keys.md §4),
 * in the Authorization header. Redirects are not followed: the answer that says so is given back.
 * Sends a request a second time in one case alone: when the API did not take its sealing (it
 * changed its key), so that nothing was done, and when the body can be sent again. Does not check
 * what the API answers.
 *
 * The function rejects with ClientError, and with whatever `fetch` rejects with.
 * @throws TypeError for options that are missing, misspelt or of another kind, with all of their
 * faults
 * @example
 * ```ts
 * import { createApiKeyFetch } from '@keywright/client';
 *
 * const fetch = createApiKeyFetch({
 *   apiKey: process.env['API_KEY'] ?? '',
 *   resource: 'https://api.example.com',
 * });
 * const response = await fetch('/buildings');
 * console.log(await response.json());
 * ```
 */
export function createApiKeyFetch(options: ApiKeyFetchOptions): Fetch {
  assertOptions<ApiKeyFetchOptions>(options, ({ apiKey, resource, fetch, clock }) => ({
    apiKey: apiKeyFault(apiKey),
    resource: addressFault(resource),
    fetch: callFault(fetch),
    clock: callFault(clock),
  }));
  const { origin } = new URL(options.resource);
  const { fetch = globalThis.fetch, clock = Date.now } = options;
  const source = createSealingKeySource(options.resource, fetch, clock);
  const caller = { options, origin, source, fetch };
  return async (input, init = {}) => {
    const url = targetOf(caller, input);
    const key = await source.current();
    const response = await send(caller, key, url, input, init);
    if (!isReplayable(input, init) || !(await isSealingRefused(response))) return response;
    const next = await source.renewed(key);
    if (isSame(next, key)) return response;
    await response.body?.cancel();
    return send(caller, next, url, input, init);
  };
}

/** Relative addresses are addresses of the API. */
function targetOf({ options, origin }: Caller, input: string | URL | Request): URL {
  const url = URL.parse(input instanceof Request ? input.url : input, options.resource);
  if (url === null) throw new TypeError('The address of the request cannot be read.');
  if (url.origin === origin && url.username === '' && url.password === '') return url;
  throw new ClientError(
    'origin_foreign',
    `The key is for ${origin}; it is not sent to ${url.origin}.`,
  );
}

function send(
  { options, fetch }: Caller,
  key: SealingKey,
  url: URL,
  input: string | URL | Request,
  init: RequestInit,
): Promise<Response> {
  const own = input instanceof Request ? input : undefined;
  const method = normalizeMethod(init.method ?? own?.method ?? 'GET');
  const headers = new Headers(init.headers ?? own?.headers);
  if (headers.has('authorization'))
    throw new TypeError('The key needs the Authorization header, so leave it out.');
  const { clock = Date.now, apiKey, resource } = options;
  const nowSeconds = Math.floor(clock() / 1000);
  const sealed = sealFor(key, { apiKey, audience: resource, method, url, nowSeconds });
  headers.set('authorization', `ApiKey ${sealed}`);
  const redirect = (init.redirect ?? own?.redirect) === 'error' ? 'error' : 'manual';
  return fetch(own ?? url, { ...init, method, headers, redirect });
}

/** As fetch itself does (Fetch §2.2.1): these are sent in upper case, all others as they are. */
function normalizeMethod(method: string): string {
  return /^(?:delete|get|head|options|post|put)$/i.test(method) ? method.toUpperCase() : method;
}

/** Whether the body can be sent again. */
function isReplayable(input: string | URL | Request, init: RequestInit): boolean {
  const body: unknown = init.body ?? (input instanceof Request ? input.body : undefined);
  if (body === undefined || body === null || typeof body === 'string') return true;
  const kinds = [URLSearchParams, FormData, Blob, ArrayBuffer];
  return kinds.some((kind) => body instanceof kind) || ArrayBuffer.isView(body);
}

const longestProblem = 16 * 1024;

/**
 * The reason says that the API could not open the sealed key. Then the API did nothing
 * (docs/errors.md).
 */
async function isSealingRefused(response: Response): Promise<boolean> {
  const isProblem =
    response.headers.get('content-type')?.startsWith('application/problem+json') === true;
  if (response.status !== 401 || !isProblem) return false;
  try {
    const problem: unknown = JSON.parse(await readText(response.clone(), longestProblem));
    return (problem as { reason?: unknown } | null)?.reason === 'sealed_key_invalid';
  } catch {
    return false;
  }
}

function isSame(one: SealingKey, other: SealingKey): boolean {
  return one.kid === other.kid && one.publicKey.equals(other.publicKey);
}
