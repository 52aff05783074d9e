/** The part of the platform's API that this service uses. */

export interface Building {
  readonly id: string;
}

export interface Measurement {
  readonly kind: string;
  readonly value: number;
  readonly unit: string;
  readonly at: string;
}

/** `fetch` that says who calls. */
export type AuthenticatedFetch = (address: string, init: RequestInit) => Promise<Response>;

const timeoutMilliseconds = 10_000;

export function createPlatform(apiUrl: string, fetch: AuthenticatedFetch) {
  const base = apiUrl.replace(/\/$/, '');
  return {
    async listBuildings(): Promise<readonly Building[]> {
      const response = await call(fetch, `${base}/buildings`, { method: 'GET' });
      return ((await response.json()) as { buildings: readonly Building[] }).buildings;
    },

    async addMeasurement(buildingId: string, measurement: Measurement): Promise<void> {
      const address = `${base}/buildings/${encodeURIComponent(buildingId)}/measurements`;
      const response = await call(fetch, address, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(measurement),
      });
      await response.body?.cancel();
    },
  };
}

async function call(
  fetch: AuthenticatedFetch,
  address: string,
  init: RequestInit,
): Promise<Response> {
  const signal = AbortSignal.timeout(timeoutMilliseconds);
  const response = await fetch(address, { ...init, signal, redirect: 'error' });
  if (response.ok) return response;
  throw new Error(
    `${init.method} ${new URL(address).pathname} answered ${response.status} ${await reasonOf(response)}`.trim(),
  );
}

/** The API's refusals name their reason (RFC 9457): it is what one looks for in a log. */
async function reasonOf(response: Response): Promise<string> {
  const problem = (await response.json().catch(() => undefined)) as
    | { reason?: unknown }
    | undefined;
  return typeof problem?.reason === 'string' ? problem.reason : '';
}
