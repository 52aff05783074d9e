import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ConfigError } from '@keywright/core';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfiguration } from './configuration.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'keywright-sign-up-'));
afterAll(() => rmSync(folder, { recursive: true }));

const mail = { host: 'smtp.example', from: 'no-reply@sunrise.example' };

function load(settings: object) {
  const file = path.join(folder, 'keywright.json');
  const least = { issuer: 'https://login.example', sealing_key_file: 'sealing.key' };
  writeFileSync(file, JSON.stringify({ ...least, ...settings }));
  const random = { bytes: (length: number) => new Uint8Array(length).fill(7) };
  return loadConfiguration({ file, env: {}, now: 1000, random });
}

const problemsOf = (settings: object) =>
  load(settings).then(
    () => [],
    (error: ConfigError) => error.problems.map(({ path: place }) => place),
  );

describe('sign-up', () => {
  it('is closed unless the file says otherwise', async () => {
    expect((await load({})).options.signUp).toBe('closed');
  });

  it('is for everybody, for some domains, or for who was invited, with terms', async () => {
    const terms = { url: 'https://sunrise.example/terms', version: '2026-11-01' };
    const domains = { sign_up: 'domains', sign_up_domains: ['sunrise.example'] };
    for (const settings of [{ sign_up: 'open' }, { sign_up: 'invite' }, domains]) {
      const { options } = await load({ mail, terms, ...settings });
      expect(options).toMatchObject({ signUp: settings.sign_up, terms });
    }
  });

  it.each([
    ['open without a mail server', { sign_up: 'open' }, ['sign_up']],
    ['for no domain', { mail, sign_up: 'domains' }, ['sign_up_domains']],
    [
      'for domains without effect',
      { mail, sign_up: 'open', sign_up_domains: ['sunrise.example'] },
      ['sign_up_domains'],
    ],
    [
      'for a domain in upper case',
      { mail, sign_up: 'domains', sign_up_domains: ['Sunrise.example'] },
      ['sign_up_domains[0]'],
    ],
    ['of another kind', { mail, sign_up: 'everybody' }, ['sign_up']],
    [
      'with terms on http',
      { mail, sign_up: 'open', terms: { url: 'http://sunrise.example', version: '1' } },
      ['terms.url'],
    ],
    [
      'with terms without a version',
      { mail, sign_up: 'open', terms: { url: 'https://sunrise.example' } },
      ['terms.version'],
    ],
  ])('is refused: %s', async (_, settings, places) => {
    expect(await problemsOf(settings)).toEqual(places);
  });
});
