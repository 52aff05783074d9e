/**
 * Compares our verifier with that of jose, on 10 000 random tokens. Both must give the same result,
 * except for the cases listed here, in which ours refuses more on purpose. Ours never accepts a
 * token that jose refuses. To repeat a run: TESTS_SEED=<the printed seed>. Then the changes are the
 * same, but keys and signatures are new.
 */
import { isUtf8 } from 'node:buffer';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { expect, it } from 'vitest';
import { seed } from './testing-parts/series.ts';
import { JwtError } from './jwt-error.ts';
import { importKeySet } from './key-set.ts';
import {
  audience,
  createChance,
  createGenerator,
  type GeneratedToken,
  issuer,
  jwks,
  nowSeconds,
} from './testing-parts/generated-tokens.ts';
import { longestToken, verifyJwt } from './verify.ts';

const count = 10_000;
const toleranceSeconds = 5;
const keys = importKeySet(jwks);
const typ = 'at+jwt';
const joseKeys = createLocalJWKSet(jwks);
const joseOptions = {
  algorithms: ['ES256', 'RS256', 'PS256', 'EdDSA'],
  typ,
  issuer,
  audience,
  requiredClaims: ['exp'],
  currentDate: new Date(nowSeconds * 1000),
  clockTolerance: toleranceSeconds,
};

function isAcceptedHere(token: string): boolean {
  try {
    verifyJwt(token, {
      keys,
      typ,
      issuer,
      audience,
      nowSeconds,
      clockToleranceSeconds: toleranceSeconds,
    });
    return true;
  } catch (error) {
    if (error instanceof JwtError) return false;
    throw error;
  }
}

async function isAcceptedByJose(token: string): Promise<boolean> {
  try {
    await jwtVerify(token, joseKeys, joseOptions);
    return true;
  } catch {
    return false;
  }
}

const bytesOf = (part = '') => Buffer.from(part, 'base64url');
/** Header and claims as any parser reads them: the last of two members with one name counts. */
function readParts(token: string): {
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
  raw: string;
} {
  const [head, body] = token.split('.');
  const read = (part?: string) =>
    JSON.parse(new TextDecoder().decode(bytesOf(part))) as Record<string, unknown>;
  const raw = `${bytesOf(head).toString('utf8')}${bytesOf(body).toString('utf8')}`;
  return { header: read(head), claims: read(body), raw };
}

const isTime = (value: unknown) =>
  value === undefined ||
  (typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER);

/** No generated token has one name at two levels. So a repeated name is a repeated member. */
function hasMemberTwice(json: string): boolean {
  const names = [...json.matchAll(/("(?:[^"\\]|\\.)*")\s*:/g)].map(([, name = '""']) =>
    String(JSON.parse(name)),
  );
  return new Set(names).size < names.length;
}

/** Cases that ours refuses and jose accepts. Each needs its own reason, and each must occur. */
const stricter: Readonly<Record<string, (token: GeneratedToken) => boolean>> = {
  'longer than 16 KiB: refused before it is looked at': ({ text }) => text.length > longestToken,
  'another spelling of base64url: one token is one text (RFC 7515 §2)': ({ text }) =>
    text.split('.').some((part) => bytesOf(part).toString('base64url') !== part),
  'bytes that are no UTF-8, or a byte order mark (RFC 8725 §3.7, RFC 8259 §8.1)': ({ text }) =>
    text
      .split('.', 2)
      .map(bytesOf)
      .some((bytes) => !isUtf8(bytes) || bytes.subarray(0, 3).equals(Buffer.from('\uFEFF'))),
  'a member twice (RFC 7515 §4, RFC 7519 §4)': ({ text }) =>
    text
      .split('.', 2)
      .map(bytesOf)
      .some((bytes) => hasMemberTwice(bytes.toString('utf8'))),
  'half a character (RFC 7493 §2.1)': ({ text }) => /\\ud800/.test(readParts(text).raw),
  'a number past all numbers (RFC 7493 §2.2)': ({ text }) => /1e400/.test(readParts(text).raw),
  'nested more than 16 deep': ({ text }) => /\[{16}/.test(readParts(text).raw),
  'b64, which a JWT may not use (RFC 7797 §7)': ({ text }) =>
    Object.hasOwn(readParts(text).header, 'b64'),
  'times below 0 or past the safe integers': ({ text }) => {
    const { exp, nbf, iat } = readParts(text).claims;
    return ![exp, nbf, iat].every(isTime);
  },
};

it('our verifier gives the result of jose for 10 000 tokens, or is stricter for a named reason', {
  timeout: 60_000,
}, async () => {
  process.stdout.write(`differential test: seed ${seed}\n`);
  const generate = createGenerator(createChance(seed));
  const tokens = Array.from({ length: count }, generate);
  const jose = await Promise.all(tokens.map(({ text }) => isAcceptedByJose(text)));
  const here = tokens.map(({ text }) => isAcceptedHere(text));

  const surplus = tokens.filter((_token, at) => here[at] === true && jose[at] === false);
  expect(surplus, `accepted here alone (seed ${seed})`).toEqual([]);
  const missing = tokens.filter((_token, at) => here[at] === false && jose[at] === true);
  const reasons = missing.map((token) =>
    Object.keys(stricter).find((name) => stricter[name]?.(token)),
  );
  const unexplained = missing.filter((_token, at) => reasons[at] === undefined);
  expect(unexplained, `refused here alone, for no named reason (seed ${seed})`).toEqual([]);

  const counts = Object.keys(stricter).map(
    (name) => [name, reasons.filter((reason) => reason === name).length] as const,
  );
  process.stdout.write(`${counts.map(([name, times]) => `  ${times}: ${name}`).join('\n')}\n`);
  expect(
    counts.filter(([, times]) => times === 0),
    `never seen (seed ${seed})`,
  ).toEqual([]);
  const accepted = here.filter(Boolean).length;
  process.stdout.write(`  ${accepted} accepted by both, of ${count}\n`);
  expect(accepted).toBeGreaterThan(count / 5);
  expect(accepted).toBeLessThan(count / 2);
});
