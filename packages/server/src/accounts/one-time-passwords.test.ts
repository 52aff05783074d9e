import { describe, expect, it } from 'vitest';
import { createOneTimePasswords } from './one-time-passwords.ts';

/** RFC 6238, Appendix B, for SHA-1, with the last six digits. */
const secret = Buffer.from('12345678901234567890');
const vectors = [
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
] as const;

const passwords = createOneTimePasswords('Sunrise Buildings');

describe('codes of authenticator apps', () => {
  it.each(vectors)('at second %i are those of RFC 6238 (Appendix B)', async (seconds, code) => {
    expect(await passwords.findStep(secret, code, seconds)).toBe(Math.floor(seconds / 30));
  });

  it('may be one step early or late, and no more (§5.2)', async () => {
    const [seconds, code] = vectors[3];
    const step = Math.floor(seconds / 30);
    for (const drift of [-30, 0, 30])
      expect(await passwords.findStep(secret, code, seconds + drift)).toBe(step);
    for (const drift of [-60, 60])
      expect(await passwords.findStep(secret, code, seconds + drift)).toBeUndefined();
  });

  it.each(['', '05924', '0005924', '00592 4', '٠٠٥٩٢٤', 'abcdef', '-05924'])(
    'are six digits: %j is none',
    async (code) => {
      expect(await passwords.findStep(secret, code, 1_234_567_890)).toBeUndefined();
    },
  );

  it('come from a secret that a QR code and a text give to the app', async () => {
    const { address, secret: text, picture } = await passwords.describe(secret, 'ada@example.com');
    expect(text).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
    const url = new URL(address);
    expect(`${url.protocol}//${url.host}`).toBe('otpauth://totp');
    expect(decodeURIComponent(url.pathname)).toBe('/Sunrise Buildings:ada@example.com');
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      issuer: 'Sunrise Buildings',
      secret: text,
      algorithm: 'SHA1',
      digits: '6',
      period: '30',
    });
    const [kind, data = ''] = picture.split(',');
    expect(kind).toBe('data:image/svg+xml;base64');
    expect(Buffer.from(data, 'base64').toString()).toMatch(/^<svg [^<>]*>.*<\/svg>$/s);
  });
});
