import { expect, it } from 'vitest';
import { createDpopNonces } from './dpop-nonces.ts';
import { createVault } from './vault.ts';

const now = 1_800_000_000;
const keys = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)] as const;
const noncesOf = (...args: Parameters<typeof createVault>) => {
  const vault = createVault(...args);
  return createDpopNonces((text) => vault.macs('dpop-nonce', text));
};

it('a nonce is the same for a minute, and another one in the next', () => {
  const nonces = noncesOf(keys[0]);
  const nonce = nonces.current(now);
  expect(nonces.current(now + 59)).toBe(nonce);
  expect(nonces.current(now + 60)).not.toBe(nonce);
});

it('a nonce is valid in its minute, in the one before and in the one after, also if the clock of a node is behind', () => {
  const nonces = noncesOf(keys[0]);
  const nonce = nonces.current(now);
  const good = [-120, -61, -60, -1, 0, 59, 60, 119, 120].map((later) =>
    nonces.isGood(nonce, now + later),
  );
  expect(good).toEqual([false, false, true, true, true, true, true, true, false]);
});

it('a nonce has only characters that the syntax allows (RFC 9449 §8.1)', () => {
  expect(noncesOf(keys[0]).current(now)).toMatch(/^[\x21\x23-\x5b\x5d-\x7e]+$/);
});

it('a nonce of another node with the same key is valid, also while the key is being replaced', () => {
  const [former, replaced] = [noncesOf(keys[0]), noncesOf(keys[1], [keys[0]])];
  expect(replaced.isGood(former.current(now), now)).toBe(true);
  expect(replaced.current(now)).toBe(noncesOf(keys[1]).current(now));
});

it('a missing nonce, or one of another key or another purpose, is not valid', () => {
  const vault = createVault(keys[0]);
  const period = `dpop-nonce ${Math.floor(now / 60)}`;
  const foreign = [
    noncesOf(keys[1]).current(now),
    vault.seal('authorization-request', period),
    vault.seal('dpop-nonce', period),
    vault.mac('authorization-request', period),
    vault.mac('dpop-nonce', 'x'),
    period,
    '',
    'x',
    'x'.repeat(43),
    'x'.repeat(5000),
    undefined,
  ];
  for (const nonce of foreign) expect(noncesOf(keys[0]).isGood(nonce, now)).toBe(false);
  expect(noncesOf(keys[0]).isGood(vault.mac('dpop-nonce', period), now)).toBe(true);
});
