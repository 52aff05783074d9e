import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ConfigError } from '@keywright/core';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfiguration } from './configuration.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'keywright-lifetimes-'));
afterAll(() => rmSync(folder, { recursive: true }));

const least = { issuer: 'https://login.sunrise.example', sealing_key: 'A'.repeat(43) };

function load(document: object) {
  const file = path.join(folder, 'configuration.json');
  writeFileSync(file, JSON.stringify({ ...least, ...document }));
  return loadConfiguration({
    file,
    env: {},
    now: 1000,
    random: { bytes: (length) => new Uint8Array(length) },
  });
}

const problemsOf = (document: object) =>
  load(document).then(
    () => [],
    (error: ConfigError) => error.problems.map(({ path: place }) => place),
  );

const app = {
  client_id: 'heatlens',
  kind: 'web',
  trust: 'third-party',
  client_name: 'Heatlens',
  redirect_uris: ['https://heatlens.example/callback'],
  client_secret: 's'.repeat(43),
};

describe('lifetimes in the configuration', () => {
  it('can switch off the absolute end and the end of the retry window only by named values, each with a warning at start', async () => {
    const lifetimes = {
      third_party_app: { refresh_absolute_seconds: 'never', refresh_retry_seconds: 'until_used' },
    };
    const { options, warnings } = await load({ lifetimes });
    expect(options.lifetimes?.third_party_app).toEqual({
      refreshAbsoluteSeconds: 'never',
      refreshRetrySeconds: 'until_used',
    });
    expect(warnings).toEqual([
      expect.stringContaining('Refresh tokens of the tier third_party_app never expire'),
      expect.stringContaining(
        'refresh token of the tier third_party_app is accepted until its successor',
      ),
    ]);
  });

  it('apply to one client where that is named, with the same warnings', async () => {
    const lasting = { refresh_absolute_seconds: 'never', refresh_retry_seconds: 'until_used' };
    const { clients, warnings } = await load({ clients: [{ ...app, ...lasting }] });
    expect(clients[0]?.settings).toMatchObject({
      refreshAbsoluteSeconds: 'never',
      refreshRetrySeconds: 'until_used',
    });
    expect(warnings).toEqual([
      expect.stringContaining('the client heatlens never expire'),
      expect.stringContaining('A spent refresh token of the client heatlens is accepted until'),
    ]);
  });

  it('cause no warning where they are numbers', async () => {
    const lifetimes = { third_party_app: { refresh_absolute_seconds: 5 * 365 * 86_400 } };
    expect((await load({ lifetimes })).warnings).toEqual([]);
  });

  it.each([
    [
      { lifetimes: { unverified_app: { refresh_absolute_seconds: 'never' } } },
      'unverified_app.refresh_absolute_seconds',
    ],
    [
      { lifetimes: { unverified_app: { refresh_retry_seconds: 'until_used' } } },
      'unverified_app.refresh_retry_seconds',
    ],
    [
      {
        profile: 'fapi-2',
        lifetimes: { third_party_app: { refresh_retry_seconds: 'until_used' } },
      },
      'third_party_app.refresh_retry_seconds',
    ],
    [
      { lifetimes: { third_party_app: { refresh_absolute_seconds: 'ever' } } },
      'third_party_app.refresh_absolute_seconds',
    ],
    [
      { lifetimes: { third_party_app: { refresh_absolute_seconds: null } } },
      'third_party_app.refresh_absolute_seconds',
    ],
    [
      { lifetimes: { third_party_app: { refresh_absolute_seconds: 'until_used' } } },
      'third_party_app.refresh_absolute_seconds',
    ],
    [
      { lifetimes: { third_party_app: { refresh_retry_seconds: 'never' } } },
      'third_party_app.refresh_retry_seconds',
    ],
    [
      { lifetimes: { third_party_app: { refresh_idle_seconds: 'never' } } },
      'third_party_app.refresh_idle_seconds',
    ],
    [
      {
        lifetimes: {
          third_party_app: {
            refresh_absolute_seconds: 'never',
            refresh_idle_seconds: 6 * 365 * 86_400,
          },
        },
      },
      'third_party_app.refresh_idle_seconds',
    ],
  ])('refuse %j', async (document, place) => {
    expect(await problemsOf(document)).toEqual([`lifetimes.${place}`]);
  });
});
