import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ConfigError } from '@keywright/core';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfiguration } from './configuration.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'keywright-breached-'));
afterAll(() => rmSync(folder, { recursive: true }));

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

describe('the lists of stolen passwords in the configuration', () => {
  it('are absent by default, and nothing is asked', async () => {
    const { breachedPasswords, workDifficulty } = await load({});
    expect([breachedPasswords, workDifficulty]).toEqual([
      { file: undefined, rangeUrl: undefined },
      2,
    ]);
  });

  it('may be a file, beside the configuration, and an address', async () => {
    const range_url = 'https://api.pwnedpasswords.com/range/';
    const { breachedPasswords } = await load({
      breached_passwords: { file: 'pwned.txt', range_url },
    });
    expect(breachedPasswords).toEqual({
      file: path.join(folder, 'pwned.txt'),
      rangeUrl: range_url,
    });
  });

  it.each(['http://api.example/range/', 'https://api.example/range', 'range'])(
    'have no address such as %s',
    async (range_url) => {
      expect(await problemsOf({ breached_passwords: { range_url } })).toEqual([
        'breached_passwords.range_url',
      ]);
    },
  );
});

it('the difficulty of proofs of work is a whole number up to 100', async () => {
  expect((await load({ proof_of_work: { difficulty: 0 } })).workDifficulty).toBe(0);
  for (const difficulty of [-1, 101, 1.5])
    expect(await problemsOf({ proof_of_work: { difficulty } })).toEqual([
      'proof_of_work.difficulty',
    ]);
});
