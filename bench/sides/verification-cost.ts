/**
 * The bare cost of one ES256 verification: crypto.verify in a tight loop, everything around it made
 * before. Writes microseconds.
 */
import { createPublicKey, verify } from 'node:crypto';
import type { Cast } from '../cast.ts';
import {
  accessTokenClaims,
  accessTokenHeader,
  createTokenSigner,
  publicJwk,
} from './access-token.ts';
import { readSettings } from './settings.ts';

export interface CostSettings {
  readonly cast: Cast;
  readonly seconds: number;
}

const differentTokens = 500;

const { cast, seconds } = await readSettings<CostSettings>();
const publicKey = createPublicKey({ key: publicJwk(cast.keys.ES256), format: 'jwk' });
const options = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;
const signToken = createTokenSigner(cast.keys.ES256, accessTokenHeader(cast));
const tokens = Array.from({ length: differentTokens }, (_, serial) =>
  signToken({ ...accessTokenClaims(cast), jti: `serial-${serial}` }),
);

/**
 * Microseconds of processor time for each, over at least this long: another process on the core
 * must not make it look dear.
 */
function measure(milliseconds: number): number {
  const start = performance.now();
  const before = process.cpuUsage();
  let count = 0;
  while (performance.now() - start < milliseconds) {
    for (const { input, signature } of tokens)
      if (!verify('sha256', input, options, signature))
        throw new Error('a good signature was refused');
    count += tokens.length;
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

measure(300);
process.stdout.write(`${measure(seconds * 1000)}\n`);
