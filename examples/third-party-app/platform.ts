/** The platform's API, read with the session's access token. */
import * as client from 'openid-client';
import type { Authorization } from './authorization.ts';
import type { Session } from './sessions.ts';

export interface Measurement {
  readonly kind: string;
  readonly value: number;
  readonly unit: string;
  readonly at: string;
}

export interface Building {
  readonly id: string;
  readonly name: string;
  readonly city: string;
}

export interface BuildingReading extends Building {
  /** Newest first. */
  readonly measurements: readonly Measurement[];
}

export interface Readings {
  readonly buildings: readonly BuildingReading[];
  /** The buildings may be seen but their measurements may not: that scope was unticked. */
  readonly measurementsRefused: boolean;
}

/** The API knows us and says no (403). */
export class NotAllowed extends Error {
  readonly scope: string | undefined;

  constructor(scope: string | undefined) {
    super('The platform does not allow this');
    this.scope = scope;
  }
}

/** How many buildings one page shows. */
const limit = 20;
/** An access token this close to its end is replaced before it is used. */
const marginMilliseconds = 5_000;

/** @throws NotAllowed when the buildings themselves may not be read. */
export async function readBuildings(
  authorization: Authorization,
  session: Session,
  apiUrl: URL,
): Promise<Readings> {
  const read = <T>(path: string) =>
    readJson<T>(authorization, session, new URL(apiUrl.href.replace(/\/$/, '') + path));
  const { buildings } = await read<{ buildings: readonly Building[] }>('/buildings');
  let measurementsRefused = false;
  const withMeasurements = async (building: Building): Promise<BuildingReading> => {
    try {
      const path = `/buildings/${encodeURIComponent(building.id)}/measurements`;
      const { measurements } = await read<{ measurements: readonly Measurement[] }>(path);
      return {
        ...building,
        measurements: measurements.toSorted((a, b) => b.at.localeCompare(a.at)),
      };
    } catch (error) {
      if (!(error instanceof NotAllowed)) throw error;
      measurementsRefused = true;
      return { ...building, measurements: [] };
    }
  };
  const shown = await Promise.all(buildings.slice(0, limit).map(withMeasurements));
  return { buildings: shown, measurementsRefused };
}

async function readJson<T>(
  authorization: Authorization,
  session: Session,
  address: URL,
): Promise<T> {
  if (session.tokens.expiresAt - marginMilliseconds <= Date.now())
    await refresh(authorization, session);
  const tried = session.tokens.accessToken;
  let response = await fetchResource(authorization, tried, address);
  if (response.status === 401) {
    // Another request may have renewed it meanwhile: then that one is used.
    if (session.tokens.accessToken === tried) await refresh(authorization, session);
    response = await fetchResource(authorization, session.tokens.accessToken, address);
  }
  if (!response.ok) throw new Error(`The platform answered ${response.status}`);
  return (await response.json()) as T;
}

/**
 * One refresh at a time: a refresh token is for one use, and parallel requests share what it gives.
 */
export function refresh(authorization: Authorization, session: Session): Promise<void> {
  session.refreshing ??= replaceTokens(authorization, session);
  return session.refreshing;
}

async function replaceTokens(authorization: Authorization, session: Session): Promise<void> {
  try {
    session.tokens = await authorization.refresh(session.tokens);
  } finally {
    delete session.refreshing;
  }
}

/**
 * openid-client throws answers that carry a challenge; we want 401 as an answer and 403 as our own
 * error.
 */
async function fetchResource(
  authorization: Authorization,
  token: string,
  address: URL,
): Promise<Response> {
  const configuration = await authorization.configuration();
  try {
    const response = await client.fetchProtectedResource(configuration, token, address, 'GET');
    if (response.status === 403) throw new NotAllowed(undefined);
    return response;
  } catch (error) {
    if (!(error instanceof client.WWWAuthenticateChallengeError)) throw error;
    if (error.status === 403) throw new NotAllowed(error.cause[0]?.parameters.scope);
    return error.response;
  }
}
