/**
 * Proofs of work of browsers, by `altcha-lib`, which is loaded with the first one. A challenge asks
 * for a number with which a PBKDF2 begins with three hexadecimal zeros: 4096 tries on average. To
 * check the solution is one try.
 */
import type { WorkProofs } from '@keywright/core';

const algorithm = 'PBKDF2/SHA-256';
const keyPrefix = '000';
/** 1 takes about half a second in a browser of today. */
const iterationsOfOne = 250;

export function createWorkProofs(difficulty: number): WorkProofs {
  return {
    async make(key, expiresAt) {
      const { createChallenge, deriveKey } = await loadLibrary();
      const challenge = await createChallenge({
        algorithm,
        cost: iterationsOfOne * difficulty,
        keyPrefix,
        deriveKey,
        hmacSignatureSecret: key,
        // By the clock of core, which checks it.
        data: { until: expiresAt },
      });
      return JSON.stringify(challenge);
    },
    async check(key, text) {
      const sent = parseSolution(text);
      if (sent === undefined) return undefined;
      const { verifySolution, deriveKey } = await loadLibrary();
      const { challenge, solution } = sent;
      const { verified } = await verifySolution({
        challenge,
        solution,
        deriveKey,
        hmacSignatureSecret: key,
      });
      const { nonce, data } = challenge.parameters;
      const until = data?.['until'];
      return verified && typeof until === 'number' ? { id: nonce, expiresAt: until } : undefined;
    },
  };
}

async function loadLibrary() {
  const [{ createChallenge, verifySolution }, { deriveKey }] = await Promise.all([
    import('altcha-lib'),
    import('altcha-lib/algorithms/pbkdf2'),
  ]);
  return { createChallenge, verifySolution, deriveKey };
}

type Library = Awaited<ReturnType<typeof loadLibrary>>;
type Sent = Pick<Parameters<Library['verifySolution']>[0], 'challenge' | 'solution'>;

/** Only the forms that the library reads. Their values are signed, or checked by it. */
function parseSolution(text: string): Sent | undefined {
  try {
    const sent = JSON.parse(text) as Partial<Sent> | null;
    const challenge: Partial<Sent['challenge']> = sent?.challenge ?? {};
    const { parameters, signature } = challenge;
    if (typeof parameters !== 'object' || typeof signature !== 'string') return undefined;
    const isOurs = parameters.algorithm === algorithm && typeof sent?.solution === 'object';
    return isOurs ? (sent as Sent) : undefined;
  } catch {
    return undefined;
  }
}
