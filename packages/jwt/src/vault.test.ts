import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createVault } from './vault.ts';

const master = randomBytes(32);
const vault = createVault(master);
const textOf = (bytes: Uint8Array | undefined) =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString();

describe('a vault', () => {
  it('gives back what it sealed', () => {
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

  it('does not unseal what has one character changed, added or cut', () => {
    const sealed = vault.seal('a', 'text');
    for (let at = 0; at < sealed.length; at += 1) {
      const other = sealed[at] === 'A' ? 'B' : 'A';
      expect(vault.unseal('a', sealed.slice(0, at) + other + sealed.slice(at + 1))).toBeUndefined();
      expect(vault.unseal('a', sealed.slice(0, at))).toBeUndefined();
    }
    for (const surplus of ['A', '=', ' ', '\n']) expect(vault.unseal('a', sealed + surplus)).toBeUndefined();
  });

  it('unseals what a former master key sealed, and seals with the current one', () => {
    const next = createVault(randomBytes(32), [master]);
    expect(textOf(next.unseal('a', vault.seal('a', 'text')))).toBe('text');
    expect(vault.unseal('a', next.seal('a', 'text'))).toBeUndefined();
  });

  it('makes a MAC that depends on purpose and key', () => {
    expect(vault.mac('a', 'data')).toBe(vault.mac('a', 'data'));
    expect(vault.mac('a', 'data')).toMatch(/^[\w-]{43}$/);
    expect(vault.mac('b', 'data')).not.toBe(vault.mac('a', 'data'));
    expect(createVault(randomBytes(32)).mac('a', 'data')).not.toBe(vault.mac('a', 'data'));
  });

  it.each([0, 16, 31, 33])('takes no master key of %i bytes', (length) => {
    expect(() => createVault(new Uint8Array(length))).toThrow(TypeError);
  });
});
