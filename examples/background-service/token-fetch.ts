/** `fetch` with an access token in the Authorization header. */
import type { AuthenticatedFetch } from './platform.ts';
import type { TokenSource } from './token-source.ts';

/**
 * One new token and one more try after 401 (a key was replaced, a clock is off); 403 is an answer.
 */
export function createTokenFetch(tokens: TokenSource): AuthenticatedFetch {
  return async (address, init) => {
    const response = await send(tokens, address, init);
    if (response.status !== 401) return response;
    await response.body?.cancel();
    return send(tokens, address, init);
  };
}

async function send(tokens: TokenSource, address: string, init: RequestInit): Promise<Response> {
  const token = await tokens.get();
  const headers = new Headers(init.headers);
  headers.set('Authorization', `Bearer ${token}`);
  const response = await fetch(address, { ...init, headers });
  if (response.status === 401) tokens.drop(token);
  return response;
}
