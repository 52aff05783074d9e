/**
 * User codes (RFC 8628 §6.1): eight letters out of twenty, without vowels, so that they form no
 * words. That is 34.5 bits, which is too few for a digest. So the store has a hash with a key that
 * is not in it. They could be guessed, so attempts are counted (`guessing.ts`).
 */
import type { Core } from '../core.ts';
import type { DeferredRequest } from '../../model/deferred-ports.ts';

const letters = 'BCDFGHJKLMNPQRSTVWXZ';
const noLetter = new RegExp(`[^${letters}]`, 'g');
const length = 8;
const purpose = 'user-code';
const longestTyped = 100;
/** Twelve times twenty. Larger bytes would make some letters more likely. */
const fairBelow = 240;

/** `WDJB-MJHT`. */
export function makeUserCode(core: Pick<Core, 'random'>): string {
  let code = '';
  while (code.length < length)
    for (const byte of core.random.bytes(2 * length))
      if (byte < fairBelow && code.length < length) code += letters.charAt(byte % letters.length);
  return showUserCode(code);
}

/**
 * RFC 8628 §6.1: ignores case and everything that is not a letter of a code: dashes, spaces, typing
 * mistakes. Some keyboards write full-width letters. Undefined if it cannot be a code.
 */
export function readUserCode(typed: string): string | undefined {
  if (typed.length > longestTyped) return undefined;
  const code = typed.normalize('NFKC').toUpperCase().replaceAll(noLetter, '');
  return code.length === length ? code : undefined;
}

export function showUserCode(code: string): string {
  return `${code.slice(0, length / 2)}-${code.slice(length / 2)}`;
}

/** The key of the code in the store. Undefined if it cannot be a code. */
export function markOfUserCode(core: Pick<Core, 'vault'>, typed: string): string | undefined {
  const code = readUserCode(typed);
  return code === undefined ? undefined : core.vault.mac(purpose, code);
}

/** The request of this code, in any state, also if its hash was made with another sealing key. */
export async function loadByUserCode(
  { vault, store }: Pick<Core, 'vault' | 'store'>,
  typed: string,
): Promise<DeferredRequest | undefined> {
  const code = readUserCode(typed);
  if (code === undefined) return undefined;
  for (const mark of vault.macs(purpose, code)) {
    const found = await store.deferred.loadByUserCode(mark);
    if (found !== undefined) return found;
  }
  return undefined;
}
