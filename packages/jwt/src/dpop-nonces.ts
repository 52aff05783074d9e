/** Nonces for DPoP proofs (RFC 9449 §8, §9) without memory: a MAC of the current minute. */
import { equalDigests } from './digest.ts';

/** The nonces that a server gives to its clients for their proofs (RFC 9449 §8, §9). */
export interface DpopNonces {
  /** The nonce for proofs now. */
  current(nowSeconds: number): string;
  /**
   * Whether a nonce is of this minute, of the one before or of the one after. A proof needs some
   * time to arrive, and the clocks of several processes differ.
   */
  isGood(nonce: string | undefined, nowSeconds: number): boolean;
}

const periodSeconds = 60;

/**
 * Makes nonces with `macsOf`, which returns the MAC of a text by each key that is accepted. The
 * first of them is by the key that makes new nonces. Processes with the same keys accept each
 * other's nonces. Does not check which client a nonce was given to.
 */
export function createDpopNonces(macsOf: (text: string) => readonly string[]): DpopNonces {
  let made = { period: Number.NaN, good: [''] };
  function goodAt(nowSeconds: number): readonly string[] {
    const period = Math.floor(nowSeconds / periodSeconds);
    if (period !== made.period) {
      const periods = [period, period - 1, period + 1];
      made = { period, good: periods.flatMap((one) => macsOf(`dpop-nonce ${one}`)) };
    }
    return made.good;
  }
  return {
    current: (nowSeconds) => goodAt(nowSeconds)[0] as string,
    isGood: (nonce, nowSeconds) =>
      nonce !== undefined && goodAt(nowSeconds).some((good) => equalDigests(good, nonce)),
  };
}
