import { describe, expect, it } from 'vitest';
import type { Client } from '../../model/entities.ts';
import { explainAuthentication, explainSecret } from './explain-authentication.ts';

const day = 86_400;
const began = 1_790_000_000;
const former = {
  id: 'sec_former',
  digest: 'd',
  createdAt: began - 100 * day,
  expiresAt: began + 30 * day,
};
const newer = { id: 'sec_newer', digest: 'e', createdAt: began };
const client = {
  authenticationMethods: ['client_secret_basic'],
  secrets: [former, newer],
} as unknown as Client;

describe('a secret with a successor', () => {
  const verdictAt = (now: number, usedAt?: number) =>
    explainSecret(former, client, {
      now,
      uses: new Map(usedAt === undefined ? [] : [[former.id, usedAt]]),
    });

  it('is not reported as safe to remove within a day', () => {
    expect(verdictAt(began + day - 1)).toMatch(/younger than one day, so wait$/);
  });

  it('is reported as safe to remove when it was not used since the change', () => {
    expect(verdictAt(began + day, began - 1)).toMatch(
      /not used since the newer secret exists, safe to remove$/,
    );
    expect(verdictAt(began + day)).toMatch(/no use known.*safe to remove$/);
  });

  it('is reported as safe to remove when it was not used for a day', () => {
    expect(verdictAt(began + 3 * day, began + 2 * day)).toMatch(
      /not used for a day, safe to remove$/,
    );
    expect(verdictAt(began + 3 * day, began + 2 * day + 1)).toMatch(/still in use$/);
  });

  it('is reported with its age, its last use and its expiry', () => {
    expect(verdictAt(began + 3 * day, began + day)).toBe(
      'sec_former since 2026-06-13, last used 2026-09-22T14:13:20Z, ends 2026-10-21T14:13:20Z: not used for a day, safe to remove',
    );
  });
});

it('the report about a client has its method, keys, certificate and secrets, without the secret values', () => {
  const settings = {
    jwksUri: 'https://meter.example/jwks',
    tlsClientAuth: { kind: 'san_dns', value: 'meter.example' },
    certificateBoundAccessTokens: true,
  };
  const lines = explainAuthentication({ ...client, settings } as unknown as Client, {
    uses: new Map(),
    now: began,
  });
  expect(lines).toEqual([
    'Authentication  client_secret_basic: it sends its secret in the Authorization header',
    'Keys            https://meter.example/jwks',
    'Certificate     san_dns meter.example',
    'Tokens          bound to its client certificate (RFC 8705 §3)',
    expect.stringMatching(/^Secret {10}sec_former/),
    expect.stringMatching(/^Secret {10}sec_newer since [\d-]+, no use known$/),
  ]);
});
