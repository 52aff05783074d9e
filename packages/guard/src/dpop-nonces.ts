/**
 * Nonces for DPoP proofs (RFC 9449 §9). They are not stored: the secret and the current minute
 * determine them.
 */
import { createHmac } from 'node:crypto';

export interface DpopNonces {
  /** The nonce for proofs now. */
  current(): string;
  /** The nonces of this minute and of the one before are valid. */
  isGood(nonce: string | undefined): boolean;
}

const periodMilliseconds = 60_000;

export function createDpopNonces(secret: string | Uint8Array, clock: () => number): DpopNonces {
  const make = (period: number) =>
    createHmac('sha256', secret).update(`dpop-nonce ${period}`).digest('base64url');
  let made = { period: Number.NaN, current: '', former: '' };
  function nonces() {
    const period = Math.floor(clock() / periodMilliseconds);
    if (period !== made.period) made = { period, current: make(period), former: make(period - 1) };
    return made;
  }
  return {
    current: () => nonces().current,
    isGood(nonce) {
      const { current, former } = nonces();
      return nonce === current || nonce === former;
    },
  };
}
