import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../../../jwt/src/testing-parts/certificates.ts';
import { loadConfiguration } from './configuration.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'keywright-authenticators-'));
afterAll(() => rmSync(folder, { recursive: true }));

const model = '2FC0579F-8113-47EA-B116-BB5A8DB9202A';

function load(passkeys: unknown) {
  const least = { issuer: 'https://login.example.com', sealing_key_file: 'sealing.key' };
  const file = path.join(folder, 'keywright.json');
  writeFileSync(path.join(folder, 'sealing.key'), randomBytes(32).toString('base64url'), {
    mode: 0o600,
  });
  writeFileSync(file, JSON.stringify({ ...least, features: { passkeys: true }, passkeys }));
  const random = { bytes: (length: number) => randomBytes(length) };
  return loadConfiguration({ file, env: {}, now: 0, random });
}

async function problemsOf(passkeys: unknown): Promise<readonly string[]> {
  try {
    await load(passkeys);
    return [];
  } catch (error) {
    return (error as { problems: readonly { path: string }[] }).problems.map((one) => one.path);
  }
}

describe('the settings of passkeys', () => {
  it('are the domain, its origins, the models and their names', async () => {
    const { cert } = createAuthority('Keys AB').certificate;
    writeFileSync(path.join(folder, 'makers.pem'), `# Keys AB\n${cert}\n${cert}`);
    const { options, authenticators } = await load({
      rp_id: 'example.com',
      origins: ['https://www.example.com'],
      authenticators: { allow: [model], roots_file: 'makers.pem' },
      names: { [model]: 'Blue key' },
    });
    expect(options.passkeys).toEqual({
      rpId: 'example.com',
      origins: ['https://www.example.com'],
      names: { [model]: 'Blue key' },
    });
    expect(authenticators).toMatchObject({ allow: [model.toLowerCase()], deny: [] });
    expect(authenticators?.roots).toHaveLength(2);
  });

  it.each<[string, object]>([
    ['passkeys.rp_id', { rp_id: 'other.com' }],
    ['passkeys.origins', { origins: ['http://www.example.com'] }],
    [
      'passkeys.authenticators.allow[0]',
      { authenticators: { allow: ['x'], roots_file: 'keywright.json' } },
    ],
    ['passkeys.authenticators.roots_file', { authenticators: { deny: [model] } }],
    ['passkeys.authenticators.roots_file', { authenticators: { roots_file: 'absent.pem' } }],
    ['passkeys.authenticators.roots_file', { authenticators: { roots_file: 'keywright.json' } }],
  ])('stop the start when %s is wrong', async (at, passkeys) => {
    expect(await problemsOf(passkeys)).toContain(at);
  });
});
