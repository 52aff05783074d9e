import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createTokenSource, digest, equalDigests } from './digest.ts';

describe('a digest', () => {
  it('is SHA-256 in base64url', () => {
    expect(digest('secret')).toBe(createHash('sha256').update('secret').digest('base64url'));
  });

  it('equals itself and no other text of any length', () => {
    expect(equalDigests(digest('a'), digest('a'))).toBe(true);
    expect(equalDigests(digest('a'), digest('b'))).toBe(false);
    expect(equalDigests(digest('a'), digest('a').slice(1))).toBe(false);
    expect(equalDigests(digest('a'), '')).toBe(false);
  });
});

describe('a source of secrets', () => {
  it('gives 256 bits each time, never twice, past the end of its pool', () => {
    const newSecret = createTokenSource();
    const secrets = Array.from({ length: 1000 }, newSecret);
    expect(new Set(secrets).size).toBe(1000);
    for (const secret of secrets) expect(secret).toMatch(/^[\w-]{43}$/);
  });

  it('uses the given source of random bytes', () => {
    const newSecret = createTokenSource((length) => new Uint8Array(length).fill(7));
    expect(newSecret()).toBe(Buffer.alloc(32, 7).toString('base64url'));
  });
});
