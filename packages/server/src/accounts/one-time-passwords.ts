/**
 * Codes of authenticator apps (RFC 6238), by `otpauth`, and their QR codes, by `uqr`. Both are
 * loaded with the first use.
 */
import type { OneTimePasswords } from '@keywright/core';

/** What every app knows. Some ignore other values. */
const kind = { algorithm: 'SHA1', digits: 6, period: 30 } as const;
/** RFC 6238 §5.2: one step for the delay and for clocks that differ. */
const window = 1;

/** `issuer`: the name of the service, which the app shows beside the account. */
export function createOneTimePasswords(issuer: string): OneTimePasswords {
  return {
    async describe(bytes, label) {
      const [{ Secret, TOTP }, { renderSVG }] = await Promise.all([
        import('otpauth'),
        import('uqr'),
      ]);
      const secret = new Secret({ buffer: bufferOf(bytes) });
      const address = new TOTP({ issuer, label, secret, ...kind }).toString();
      // A scanner needs a light edge around the code, also on a dark page.
      const svg = renderSVG(address, { border: 3, ecc: 'M' });
      return {
        address,
        secret: secret.base32,
        picture: `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`,
      };
    },
    async findStep(bytes, code, nowSeconds) {
      if (!/^[0-9]{6}$/.test(code)) return undefined;
      const { Secret, TOTP } = await import('otpauth');
      const secret = new Secret({ buffer: bufferOf(bytes) });
      const timestamp = nowSeconds * 1000;
      const delta = TOTP.validate({ token: code, secret, ...kind, timestamp, window });
      return delta === null ? undefined : Math.floor(nowSeconds / kind.period) + delta;
    },
  };
}

/** A copy, because a `Buffer` may be a part of a larger one. */
function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}
