import * as client from 'openid-client';
import { describe, expect, it } from 'vitest';
import type { Authorization, TokenSet } from './authorization.ts';
import { NotAllowed, readBuildings } from './platform.ts';
import type { Session } from './sessions.ts';

const apiUrl = new URL('https://api.example');
const buildings = { buildings: [{ id: 'b1', name: 'Mill', city: 'Oslo' }] };
const measurements = {
  measurements: [
    { kind: 'temperature', value: 20, unit: '°C', at: '2026-01-01T00:00:00Z' },
    { kind: 'temperature', value: 21, unit: '°C', at: '2026-01-02T00:00:00Z' },
  ],
};

type Answer = (path: string, token: string) => Response;

/**
 * An authorization whose refresh gives `fresh-1`, `fresh-2`, …, in front of an API that answers as
 * told.
 */
function arrange(answer: Answer) {
  const configuration = new client.Configuration({ issuer: 'https://as.example' }, 'heatlens');
  configuration[client.customFetch] = async (address, options) => {
    const token = new Headers(options.headers).get('authorization')?.slice(7) ?? '';
    return answer(new URL(address).pathname, token);
  };
  let refreshes = 0;
  const authorization = {
    configuration: async () => configuration,
    refresh: async () => {
      refreshes += 1;
      return tokens(`fresh-${refreshes}`);
    },
  } as unknown as Authorization;
  const session: Session = { subject: 'usr_1', name: 'Ada', tokens: tokens('first') };
  return { authorization, session, countRefreshes: () => refreshes };
}

function tokens(accessToken: string, expiresInSeconds = 600): TokenSet {
  return {
    accessToken,
    refreshToken: 'r',
    scope: 'x',
    expiresAt: Date.now() + expiresInSeconds * 1000,
  };
}

function challenge(status: number, parameters: string): Response {
  return new Response(null, { status, headers: { 'WWW-Authenticate': `Bearer ${parameters}` } });
}

const answerAll: Answer = (path) => Response.json(path === '/buildings' ? buildings : measurements);

describe('the third-party application, when it reads the platform,', () => {
  it('shows each building with its newest measurement first', async () => {
    const { authorization, session, countRefreshes } = arrange(answerAll);
    const readings = await readBuildings(authorization, session, apiUrl);
    expect(readings.buildings[0]?.measurements.map(({ value }) => value)).toEqual([21, 20]);
    expect(readings.measurementsRefused).toBe(false);
    expect(countRefreshes()).toBe(0);
  });

  it('refreshes before it uses an access token that has expired', async () => {
    const { authorization, session, countRefreshes } = arrange(answerAll);
    session.tokens = tokens('old', -1);
    await readBuildings(authorization, session, apiUrl);
    expect(session.tokens.accessToken).toBe('fresh-1');
    expect(countRefreshes()).toBe(1);
  });

  it('refreshes once and tries again after 401', async () => {
    const { authorization, session, countRefreshes } = arrange((path, token) =>
      token === 'first' ? challenge(401, 'error="invalid_token"') : answerAll(path, token),
    );
    await readBuildings(authorization, session, apiUrl);
    expect(countRefreshes()).toBe(1);
  });

  it('does not try without end when each token is refused', async () => {
    const { authorization, session, countRefreshes } = arrange(() =>
      challenge(401, 'error="invalid_token"'),
    );
    await expect(readBuildings(authorization, session, apiUrl)).rejects.toThrow('401');
    expect(countRefreshes()).toBe(1);
  });

  it('uses one refresh for requests at the same time', async () => {
    const { authorization, session, countRefreshes } = arrange(answerAll);
    session.tokens = tokens('old', -1);
    await Promise.all([1, 2, 3].map(() => readBuildings(authorization, session, apiUrl)));
    expect(countRefreshes()).toBe(1);
  });

  it('takes 403 as an answer, says which scope is missing and does not refresh', async () => {
    const { authorization, session, countRefreshes } = arrange(() =>
      challenge(403, 'error="insufficient_scope", scope="buildings:read"'),
    );
    const refused = readBuildings(authorization, session, apiUrl);
    await expect(refused).rejects.toBeInstanceOf(NotAllowed);
    await expect(refused).rejects.toMatchObject({ scope: 'buildings:read' });
    expect(countRefreshes()).toBe(0);
  });

  it('shows the buildings when only the measurements are refused', async () => {
    const { authorization, session } = arrange((path, token) =>
      path === '/buildings' ? answerAll(path, token) : challenge(403, 'error="insufficient_scope"'),
    );
    const readings = await readBuildings(authorization, session, apiUrl);
    expect(readings.measurementsRefused).toBe(true);
    expect(readings.buildings[0]?.name).toBe('Mill');
  });
});
