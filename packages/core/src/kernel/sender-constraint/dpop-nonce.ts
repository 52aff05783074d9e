/** Nonces for DPoP proofs (RFC 9449 §8, §9), without memory: the current minute, sealed, so that any node knows them as its own. */
import type { Vault } from '../../model/ports.ts';
import type { DpopNonces } from '../../model/services.ts';

const purpose = 'dpop-nonce';
const periodSeconds = 60;
/** In characters: anything longer was not made here, and need not be opened to know that. */
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
        plain !== undefined && Math.abs(Number(Buffer.from(plain).toString('latin1')) - periodOf(now)) <= 1
      );
    },
  };
}

function periodOf(now: number): number {
  return Math.floor(now / periodSeconds);
}
