import { randomBytes } from 'node:crypto';
import { ConfigError } from '@keywright/core';
import { describe, expect, it } from 'vitest';
import { loadConfiguration } from './configuration.ts';

const api = {
  identifier: 'https://api.example',
  name: 'Buildings',
  scopes: [{ name: 'buildings:read', description: 'See your buildings' }],
};

const issuer = {
  issuer: 'https://hr.example',
  jwks_uri: 'https://hr.example/jwks',
  subjects: 'account_email',
  audiences: ['https://api.example'],
};

const service = {
  client_id: 'sync',
  client_secret: 'a'.repeat(43),
  kind: 'service',
  trust: 'first-party',
  client_name: 'Sync',
  scope: 'buildings:read',
  grant_types: [
    'urn:ietf:params:oauth:grant-type:token-exchange',
    'urn:ietf:params:oauth:grant-type:jwt-bearer',
  ],
  token_exchange: { delegation: true, audiences: ['https://api.example'] },
  assertion_issuers: ['https://hr.example'],
};

function load(change: object) {
  const document = {
    issuer: 'https://id.example',
    sealing_key_file: 'sealing.key',
    features: { token_exchange: true, jwt_assertions: true, global_token_revocation: true },
    apis: [api],
    clients: [service],
    assertion_issuers: [issuer],
    ...change,
  };
  return loadConfiguration({
    file: 'keywright.json',
    text: JSON.stringify(document),
    env: {},
    now: 0,
    random: { bytes: (length) => randomBytes(length) },
  });
}

async function problemsOf(change: object): Promise<readonly string[]> {
  try {
    await load(change);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ path }) => path);
    throw error;
  }
  return [];
}

describe('assertion issuers and token exchange in the configuration', () => {
  it('become options of core and settings of the client', async () => {
    const { options, clients } = await load({});
    expect(options.features).toEqual({
      tokenExchange: true,
      jwtAssertions: true,
      globalTokenRevocation: true,
    });
    expect(options.assertionIssuers).toEqual([
      {
        issuer: 'https://hr.example',
        jwksUri: 'https://hr.example/jwks',
        subjects: 'account_email',
        audiences: ['https://api.example'],
      },
    ]);
    expect(clients[0]?.settings).toEqual({
      tokenExchange: { impersonation: false, delegation: true, audiences: ['https://api.example'] },
      assertionIssuers: ['https://hr.example'],
    });
  });

  it.each([
    ['an http address', { jwks_uri: 'http://hr.example/jwks' }, 'assertion_issuers[0].jwks_uri'],
    ['no keys', { jwks_uri: undefined }, 'assertion_issuers[0].jwks'],
    ['this server', { issuer: 'https://id.example' }, 'assertion_issuers[0].issuer'],
    ['other subjects', { subjects: 'name' }, 'assertion_issuers[0].subjects'],
    ['a member that there is not', { algorithm: 'ES256' }, 'assertion_issuers[0].algorithm'],
  ])('are refused with %s, with the path in the file', async (_, change, path) => {
    expect(await problemsOf({ assertion_issuers: [{ ...issuer, ...change }] })).toEqual([path]);
  });

  it('are refused for a client with the grant type and without its options', async () => {
    const { token_exchange: _, ...silent } = service;
    expect(await problemsOf({ clients: [silent] })).toEqual(['clients[0].token_exchange']);
  });
});
