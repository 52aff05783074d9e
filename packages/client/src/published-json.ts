/** Fetches JSON that an API or an issuer publishes: without redirects, within 10 s and 1 MiB. */
import { ClientError } from './client-error.ts';

/** What a `fetch` must be able to do. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

const timeoutMs = 10_000;
const longestBytes = 1024 * 1024;

/** Rejects with ClientError `metadata_unusable`. */
export async function fetchPublished(
  fetch: Fetch,
  url: string,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    const response = await fetch(url, {
      headers: { accept: 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (response.status !== 200) throw new TypeError(`The answer was ${response.status}.`);
    const value: unknown = JSON.parse(await readText(response, longestBytes));
    if (typeof value !== 'object' || value === null)
      throw new TypeError('The answer is not a JSON object.');
    return value as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw new ClientError('metadata_unusable', `${url} cannot be used.`, { cause: error });
  }
}

/**
 * Rejects if it is longer. The rest is not cancelled, because cancelling one of two copies waits
 * for the other.
 */
export async function readText({ body }: Response, maxBytes: number): Promise<string> {
  if (body === null) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body.values({ preventCancel: true })) {
    size += chunk.length;
    if (size > maxBytes) throw new TypeError('The answer is too long.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
