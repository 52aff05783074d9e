import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ConfigError } from '@keywright/core';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfiguration } from './configuration.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'keywright-dynamic-clients-'));
afterAll(() => rmSync(folder, { recursive: true }));

const api = {
  identifier: 'https://api.example',
  name: 'API',
  scopes: [{ name: 'read', description: 'See it' }],
};

function load(document: object) {
  const file = path.join(folder, 'keywright.json');
  const least = { issuer: 'https://login.example', sealing_key_file: 'sealing.key', apis: [api] };
  writeFileSync(file, JSON.stringify({ ...least, ...document }));
  const random = { bytes: (length: number) => new Uint8Array(length).fill(7) };
  return loadConfiguration({ file, env: {}, now: 1000, random });
}

const problemsOf = (document: object) =>
  load(document).then(
    () => [],
    (error: ConfigError) => error.problems.map(({ path: place }) => place),
  );

describe('dynamic clients and client documents in the configuration', () => {
  it('are unverified, and their number is bounded, by default', async () => {
    const { options, warnings } = await load({ registration: {} });
    expect(options.registration).toMatchObject({
      trust: 'unverified',
      unusedDays: 30,
      mostUnused: 10_000,
    });
    expect(warnings).toEqual([]);
  });

  it('cannot use the name of the service or its first word, or the names that are listed', async () => {
    const reserved = async (document: object) =>
      (await load(document)).options.registration?.reservedNames;
    expect(await reserved({ service_name: 'Sunrise Buildings' })).toEqual(
      expect.arrayContaining(['Sunrise Buildings', 'Sunrise']),
    );
    expect(
      await reserved({
        service_name: 'Sunrise Buildings',
        registration: { reserved_names: ['Dawn'] },
      }),
    ).toEqual(['Sunrise Buildings', 'Dawn']);
    expect(
      await reserved({ service_name: 'Test Bench', registration: { reserved_names: [] } }),
    ).toEqual(['Test Bench']);
  });

  it('may get scopes of declared APIs, and issuers of software statements may be trusted', async () => {
    const { options } = await load({
      registration: {
        scopes: ['openid', 'read'],
        limit: { per_second: 2, burst: 50 },
        software_statement_issuers: [{ issuer: 'https://directory.example', jwks: { keys: [] } }],
      },
    });
    expect(options.registration).toMatchObject({
      scopes: ['openid', 'read'],
      limit: { perSecond: 2, burst: 50 },
      statementIssuers: [{ issuer: 'https://directory.example', jwks: { keys: [] } }],
    });
  });

  it('are third-party only by an explicit setting, with a warning at start', async () => {
    const { warnings } = await load({
      features: { registration: 'open' },
      registration: { trust: 'third-party' },
    });
    expect(warnings).toEqual([
      expect.stringMatching(
        /register themselves count as third-party\. .* Everybody may register one\./,
      ),
    ]);
  });

  it.each([
    [{ registration: { scopes: ['raed'] } }, ['registration.scopes[0]']],
    [{ registration: { trust: 'first-party' } }, ['registration.trust']],
    [{ registration: { unused_days: 0 } }, ['registration.unused_days']],
    [
      { registration: { software_statement_issuers: [{ issuer: 'https://directory.example' }] } },
      ['registration.statement_issuers[0]'],
    ],
    [
      { danger_outbound_to_private_networks: ['10.0.0.1/8'] },
      ['danger_outbound_to_private_networks[0]'],
    ],
    [
      { danger_outbound_to_private_networks: ['localhost'] },
      ['danger_outbound_to_private_networks[0]'],
    ],
  ])('are refused when the settings are wrong: %j', async (document, places) => {
    expect(await problemsOf(document)).toEqual(places);
  });
});

describe('private networks that addresses of clients may lead to', () => {
  it('are none by default, and each is allowed by name, with a warning at start', async () => {
    expect((await load({})).openedNetworks).toBeUndefined();
    const { openedNetworks, warnings } = await load({
      danger_outbound_to_private_networks: ['127.0.0.0/8', '::1/128'],
    });
    expect([
      openedNetworks?.('127.0.0.1'),
      openedNetworks?.('::1'),
      openedNetworks?.('10.0.0.1'),
    ]).toEqual([true, true, false]);
    expect(warnings).toEqual([expect.stringContaining('may lead to 127.0.0.0/8, ::1/128')]);
  });
});
