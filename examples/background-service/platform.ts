/** The part of the platform's API that this service uses. */
import { timeoutMilliseconds, type TokenSource } from './token-source.ts';

export interface Building {
  readonly id: string;
}

export interface Measurement {
  readonly kind: string;
  readonly value: number;
  readonly unit: string;
  readonly at: string;
}

export function createPlatform(apiUrl: string, tokens: TokenSource) {
  const base = apiUrl.replace(/\/$/, '');
  return {
    async listBuildings(): Promise<readonly Building[]> {
      const response = await call(tokens, `${base}/buildings`, { method: 'GET' });
      return ((await response.json()) as { buildings: readonly Building[] }).buildings;
    },

    async addMeasurement(buildingId: string, measurement: Measurement): Promise<void> {
      const response = await call(
        tokens,
        `${base}/buildings/${encodeURIComponent(buildingId)}/measurements`,
        {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify(measurement),
        },
      );
      await response.body?.cancel();
    },
  };
}

/** One new token and one more try after 401 (a key was replaced, a clock is off); 403 stays 403. */
async function call(tokens: TokenSource, address: string, init: RequestInit): Promise<Response> {
  let response = await send(await tokens.get(), tokens, address, init);
  if (response.status === 401) response = await send(await tokens.get(), tokens, address, init);
  if (!response.ok)
    throw new Error(`${init.method} ${new URL(address).pathname} answered ${response.status}`);
  return response;
}

async function send(
  token: string,
  tokens: TokenSource,
  address: string,
  init: RequestInit,
): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set('Authorization', `Bearer ${token}`);
  const signal = AbortSignal.timeout(timeoutMilliseconds);
  const response = await fetch(address, { ...init, headers, signal, redirect: 'error' });
  if (response.status === 401) tokens.drop(token);
  return response;
}
