import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createVault, encryptExtended, macKeyOf } from './vault.ts';

const master = randomBytes(32);
const vault = createVault(master);
const textOf = (bytes: Uint8Array | undefined) =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString();

// C2SP XAES-256-GCM, "Test vectors".
it.each([
  [1, '', 'ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271'],
  [3, 'c2sp.org/XAES-256-GCM', '986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d'],
])('seals as XAES-256-GCM is written, key of %i', (byte, additional, expected) => {
  const nonce = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWX');
  const key = new Uint8Array(32).fill(byte);
  const sealed = encryptExtended(key, nonce, Buffer.from('XAES-256-GCM'), Buffer.from(additional));
  expect(sealed.toString('hex')).toBe(expected);
});

describe('a vault', () => {
  it('unseals what it sealed', () => {
    expect(textOf(vault.unseal('a', vault.seal('a', 'Zoë', 'row 1'), 'row 1'))).toBe('Zoë');
    expect(vault.unseal('a', vault.seal('a', Uint8Array.of(0, 255)))).toEqual(Buffer.of(0, 255));
    expect(textOf(vault.unseal('a', vault.seal('a', '')))).toBe('');
  });

  it('seals one text differently each time', () => {
    expect(vault.seal('a', 'text')).not.toBe(vault.seal('a', 'text'));
  });

  it('does not unseal for another purpose, context or master key', () => {
    const sealed = vault.seal('a', 'text', 'c');
    expect(vault.unseal('b', sealed, 'c')).toBeUndefined();
    expect(vault.unseal('a', sealed, 'd')).toBeUndefined();
    expect(vault.unseal('a', sealed)).toBeUndefined();
    expect(createVault(randomBytes(32)).unseal('a', sealed, 'c')).toBeUndefined();
  });

  it('does not unseal a text with one character changed, added or removed', () => {
    const sealed = vault.seal('a', 'text');
    for (let at = 0; at < sealed.length; at += 1) {
      const other = sealed[at] === 'A' ? 'B' : 'A';
      expect(vault.unseal('a', sealed.slice(0, at) + other + sealed.slice(at + 1))).toBeUndefined();
      expect(vault.unseal('a', sealed.slice(0, at))).toBeUndefined();
    }
    for (const surplus of ['A', '=', ' ', '\n'])
      expect(vault.unseal('a', sealed + surplus)).toBeUndefined();
  });

  it('unseals what a former master key sealed, and seals with the current one', () => {
    const next = createVault(randomBytes(32), [master]);
    expect(textOf(next.unseal('a', vault.seal('a', 'text')))).toBe('text');
    expect(vault.unseal('a', next.seal('a', 'text'))).toBeUndefined();
  });

  it('opens the form without extended nonces, and seals in it if it is configured so', () => {
    // Sealed by the revision before: version 1, AES-256-GCM with 96 bits of nonce.
    const kept = 'ATve9AZrQYp7S8JjFt-r8Eylz3Z3YPt73uak4Mgz7Bla';
    expect(textOf(createVault(new Uint8Array(32).fill(7)).unseal('a', kept, 'row 1'))).toBe('Zoë');
    const before = createVault(master, [], { isExtended: () => false });
    const sealed = before.seal('a', 'text', 'c');
    expect(Buffer.from(sealed, 'base64url')[0]).toBe(1);
    expect(textOf(vault.unseal('a', sealed, 'c'))).toBe('text');
    const extended = vault.seal('a', 'text', 'c');
    expect(Buffer.from(extended, 'base64url')[0]).toBe(2);
    expect(textOf(before.unseal('a', extended, 'c'))).toBe('text');
  });

  it('opens each of many messages in any order, each with its own key', () => {
    const sealed = Array.from({ length: 300 }, (_, at) => vault.seal('a', `text ${at}`));
    for (const at of [299, 0, 150, 1])
      expect(textOf(createVault(master).unseal('a', sealed[at] ?? ''))).toBe(`text ${at}`);
  });

  it('never mistakes one form for the other', () => {
    const bytes = Buffer.from(
      vault.seal('a', 'a text that is long enough for either'),
      'base64url',
    );
    bytes[0] = 1;
    expect(vault.unseal('a', bytes.toString('base64url'))).toBeUndefined();
  });

  it('accepts MACs of every key that it opens with, and makes them with its own', () => {
    const next = createVault(randomBytes(32), [master]);
    expect(next.macs('a', 'data')).toEqual([next.mac('a', 'data'), vault.mac('a', 'data')]);
    expect(vault.macs('a', 'data')).toEqual([vault.mac('a', 'data')]);
  });

  it('makes MACs with a lasting key after the master key was replaced, and accepts those of a retired key', () => {
    const lastingMacKeys = new Map([['names', macKeyOf(master, 'names')]]);
    const retiredMacKeys = new Map([['audit', [macKeyOf(master, 'audit')]]]);
    const next = createVault(randomBytes(32), [], { lastingMacKeys, retiredMacKeys });
    expect(next.mac('names', 'ada')).toBe(vault.mac('names', 'ada'));
    expect(next.macs('names', 'ada')).toEqual([vault.mac('names', 'ada')]);
    expect(next.mac('audit', 'x')).not.toBe(vault.mac('audit', 'x'));
    expect(next.macs('audit', 'x')).toEqual([next.mac('audit', 'x'), vault.mac('audit', 'x')]);
  });

  it('makes a MAC that depends on purpose and key', () => {
    expect(vault.mac('a', 'data')).toBe(vault.mac('a', 'data'));
    expect(vault.mac('a', 'data')).toMatch(/^[\w-]{43}$/);
    expect(vault.mac('b', 'data')).not.toBe(vault.mac('a', 'data'));
    expect(createVault(randomBytes(32)).mac('a', 'data')).not.toBe(vault.mac('a', 'data'));
  });

  it.each([0, 16, 31, 33])('accepts no master key of %i bytes', (length) => {
    expect(() => createVault(new Uint8Array(length))).toThrow(TypeError);
  });
});
