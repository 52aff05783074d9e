import { solveChallenge, type Challenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import { describe, expect, test } from 'vitest';
import { createWorkProofs } from './work-proofs.ts';

const proofs = createWorkProofs(1);

async function solve(text: string) {
  const challenge = JSON.parse(text) as Challenge;
  const solution = await solveChallenge({ challenge, deriveKey });
  return { challenge, solution };
}

describe('a proof of work', () => {
  test('is checked with its key, and says its time', async () => {
    const solved = await solve(await proofs.make('key', 12_345));
    const text = JSON.stringify(solved);
    expect(await proofs.check('key', text)).toEqual({
      id: solved.challenge.parameters.nonce,
      expiresAt: 12_345,
    });
    expect(await proofs.check('other key', text)).toBeUndefined();
  });

  test.each<[string, (solved: Awaited<ReturnType<typeof solve>>) => unknown]>([
    ['no object', () => null],
    ['no solution', ({ challenge }) => ({ challenge })],
    [
      'another number',
      ({ challenge, solution }) => ({
        challenge,
        solution: { ...solution, counter: 7 },
      }),
    ],
    [
      'an easier challenge',
      ({ challenge, solution }) => ({
        challenge: { ...challenge, parameters: { ...challenge.parameters, keyPrefix: '0' } },
        solution,
      }),
    ],
    [
      'a later time',
      ({ challenge, solution }) => ({
        challenge: {
          ...challenge,
          parameters: { ...challenge.parameters, data: { until: 99_999 } },
        },
        solution,
      }),
    ],
    [
      'no signature',
      ({ challenge: { parameters }, solution }) => ({
        challenge: { parameters },
        solution,
      }),
    ],
    [
      'parameters of another form',
      ({ challenge, solution }) => ({
        challenge: { ...challenge, parameters: [] },
        solution,
      }),
    ],
  ])('is refused with %s', async (_, change) => {
    const solved = await solve(await proofs.make('key', 12_345));
    expect(await proofs.check('key', JSON.stringify(change(solved)))).toBeUndefined();
    expect(await proofs.check('key', '{')).toBeUndefined();
  });
});
