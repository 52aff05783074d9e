/** Codes of authenticator apps (RFC 6238), as an app computes them. */
import { createHmac } from 'node:crypto';
import type { OneTimePasswords } from '@keywright/core';

const stepSeconds = 30;

/** The code that an app with this secret shows at this time (RFC 4226 §5.3). */
export function totpAt(secret: Uint8Array, nowSeconds: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(nowSeconds / stepSeconds)));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const number = mac.readUInt32BE((mac.at(-1) ?? 0) & 0xf) & 0x7fff_ffff;
  return String(number % 1_000_000).padStart(6, '0');
}

/** The secret is in the view in hexadecimal, so that a test can compute codes. */
export const testOneTimePasswords: OneTimePasswords = {
  describe: async (secret, label) => ({
    address: `otpauth://totp/${encodeURIComponent(label)}`,
    secret: Buffer.from(secret).toString('hex'),
    picture: 'data:image/svg+xml;base64,',
  }),
  findStep: async (secret, code, nowSeconds) => {
    const steps = [-1, 0, 1].map((drift) => Math.floor(nowSeconds / stepSeconds) + drift);
    return steps.find((step) => totpAt(secret, step * stepSeconds) === code);
  },
};
