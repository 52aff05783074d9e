import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ConfigError } from '@keywright/core';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfiguration } from './configuration.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'keywright-pages-'));
afterAll(() => rmSync(folder, { recursive: true }));

function load(document: object) {
  const file = path.join(folder, 'keywright.json');
  const least = { issuer: 'https://login.example', sealing_key_file: 'sealing.key' };
  writeFileSync(file, JSON.stringify({ ...least, ...document }));
  const random = { bytes: (length: number) => new Uint8Array(length).fill(7) };
  return loadConfiguration({ file, env: {}, now: 1000, random });
}

const problemsOf = (document: object) =>
  load(document).then(
    () => [],
    (error: ConfigError) => error.problems.map(({ path: place }) => place),
  );

describe('the support contact on the pages', () => {
  it('is shown only if the configuration has it', async () => {
    expect(await load({})).toMatchObject({ supportUrl: undefined, privacyUrl: undefined });
  });

  it.each([
    ['https://help.example/contact', 'https://help.example/contact'],
    ['help@sunrise.example', 'mailto:help@sunrise.example'],
  ])('may be the address %s', async (support_contact, supportUrl) => {
    expect(
      await load({ support_contact, privacy_url: 'https://sunrise.example/privacy' }),
    ).toMatchObject({
      supportUrl,
      privacyUrl: 'https://sunrise.example/privacy',
    });
  });

  it.each([
    'javascript:alert(1)',
    'http://help.example/',
    'help',
    '',
    'mailto:a@b.example',
    'https://u:p@x.example/',
    'a@b.example?body=x',
    'a b@c.example',
    '"a"@b.example',
    'a@b.example,c@d.example',
    'a@-b.example',
  ])('cannot be %j', async (address) => {
    expect(await problemsOf({ support_contact: address })).toEqual(['support_contact']);
    expect(await problemsOf({ privacy_url: address })).toEqual(['privacy_url']);
  });
});
