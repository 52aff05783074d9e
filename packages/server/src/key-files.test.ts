import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ConfigError, createSealedKeys } from '@keywright/core';
import {
  anyAudience,
  createBatchSigner,
  createVault,
  importKeySet,
  verifyJwt,
} from '@keywright/jwt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKeyFiles } from './key-files.ts';

const vault = createVault(Buffer.alloc(32, 1));

describe('private keys in files', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'keywright-keys-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function makeKey() {
    const keys = createKeyFiles(folder, vault);
    const { kid, publicJwk, reference } = await keys.make('ES256', { rsaBits: 2048 });
    return {
      keys,
      publicJwk,
      stored: { kid, algorithm: 'ES256' as const, sealedPrivateKey: reference },
    };
  }

  it('make signatures that the published keys verify', async () => {
    const { keys, stored, publicJwk } = await makeKey();
    const token = await createBatchSigner().sign(keys.open(stored), 'at+jwt', { iss: 'a', exp: 2 });
    const set = importKeySet({ keys: [publicJwk] });
    expect(
      verifyJwt(token, {
        keys: set,
        typ: 'at+jwt',
        issuer: 'a',
        audience: anyAudience,
        nowSeconds: 1,
      }).claims['exp'],
    ).toBe(2);
  });

  it('are not in the store, and the files are sealed and readable for their owner only', async () => {
    const { stored } = await makeKey();
    expect(stored.sealedPrivateKey).toBe('file');
    const [file = ''] = readdirSync(folder);
    expect(statSync(path.join(folder, file)).mode & 0o777).toBe(0o600);
    expect(readFileSync(path.join(folder, file), 'utf8')).not.toContain('PRIVATE');
  });

  it('cannot be opened with another sealing key', async () => {
    const { stored } = await makeKey();
    const others = createKeyFiles(folder, createVault(Buffer.alloc(32, 2)));
    expect(() => others.open(stored)).toThrow('another sealing key');
  });

  it('that are missing are reported by their path', async () => {
    const { keys, stored } = await makeKey();
    for (const file of readdirSync(folder)) rmSync(path.join(folder, file));
    expect(() => keys.open(stored)).toThrow(ConfigError);
  });

  it('must be inside of the folder', () => {
    const keys = createKeyFiles(folder, vault);
    const stored = {
      kid: '../../etc/passwd',
      algorithm: 'ES256' as const,
      sealedPrivateKey: 'file',
    };
    expect(() => keys.open(stored)).toThrow('not a thumbprint');
  });

  it('work beside keys that are sealed in the store', async () => {
    const made = await createSealedKeys(vault).make('EdDSA', { rsaBits: 2048 });
    const stored = { kid: made.kid, algorithm: 'EdDSA' as const, sealedPrivateKey: made.reference };
    expect(createKeyFiles(folder, vault).open(stored).kid).toBe(made.kid);
  });
});
