/**
 * Nonces for DPoP proofs (RFC 9449 §8, §9) without storage: the current minute, sealed, so that
 * every node recognises them.
 */
import type { Vault } from '../../model/ports.ts';
import type { DpopNonces } from '../../model/services.ts';

const purpose = 'dpop-nonce';
const periodSeconds = 60;
/** In characters. A longer value was not made here and is not opened. */
const longestNonce = 100;

export function createDpopNonces(vault: Vault): DpopNonces {
  let made = { period: Number.NaN, nonce: '' };
  return {
    current(now) {
      const period = periodOf(now);
      if (period !== made.period) made = { period, nonce: vault.seal(purpose, String(period)) };
      return made.nonce;
    },
    isGood(nonce, now) {
      if (nonce === undefined || nonce.length > longestNonce) return false;
      const plain = vault.unseal(purpose, nonce);
      return (
        plain !== undefined &&
        Math.abs(Number(Buffer.from(plain).toString('latin1')) - periodOf(now)) <= 1
      );
    },
  };
}

function periodOf(now: number): number {
  return Math.floor(now / periodSeconds);
}
