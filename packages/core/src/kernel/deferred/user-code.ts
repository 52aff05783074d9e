/**
 * User codes (RFC 8628 §6.1): eight letters of twenty, without vowels, so that no word comes of them. That are 34.5 bits: too few for a
 * digest, so the store keeps a hash under a key that is not in it; and few enough to be guessed, so guesses are counted (`guessing.ts`).
 */
import type { Core } from '../core.ts';
import type { DeferredRequest } from '../../model/deferred-ports.ts';

const letters = 'BCDFGHJKLMNPQRSTVWXZ';
const noLetter = new RegExp(`[^${letters}]`, 'g');
const length = 8;
const purpose = 'user-code';
const longestTyped = 100;
/** Twelve times twenty: a byte above would make some letters more likely than others. */
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
 * RFC 8628 §6.1: in any case, and without all that is no letter of a code: dashes, spaces, slips of the finger. Letters of full width are
 * what some keyboards write. Undefined when it cannot be a code of ours.
 */
export function readUserCode(typed: string): string | undefined {
  if (typed.length > longestTyped) return undefined;
  const code = typed.normalize('NFKC').toUpperCase().replaceAll(noLetter, '');
  return code.length === length ? code : undefined;
}

export function showUserCode(code: string): string {
  return `${code.slice(0, length / 2)}-${code.slice(length / 2)}`;
}

/** What the store finds it by. Undefined when it cannot be a code of ours. */
export function markOfUserCode(core: Pick<Core, 'vault'>, typed: string): string | undefined {
  const code = readUserCode(typed);
  return code === undefined ? undefined : core.vault.mac(purpose, code);
}

/** The request of this code, whatever became of it; also where another sealing key marked it. */
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
