/** Random tokens, valid and with faults at every level, repeatable by their seed. */
import {
  changeClaims,
  changeHeader,
  changeJson,
  changeSignature,
  changeText,
} from './token-changes.ts';
import { type Draft, type Key, keys, startDraft, write } from './token-draft.ts';

export { audience, issuer, jwks, nowSeconds } from './token-draft.ts';

export type Chance = () => number;

/** mulberry32: small, fast, and the same on every machine. */
export function createChance(seed: number): Chance {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** RSA signs slowly, so it is chosen less often. */
const drawn = [0, 0, 0, 0, 1, 1, 2, 2, 2, 3, 3, 4, 5];

export interface GeneratedToken {
  readonly text: string;
  /** The changes, in order. */
  readonly changes: readonly string[];
}

export function createGenerator(chance: Chance): () => GeneratedToken {
  const below = (limit: number) => Math.floor(chance() * limit);
  const pick = <T>(from: readonly T[]): T => from[below(from.length)] as T;
  const changers: readonly ((draft: Draft) => void)[] = [
    (draft) => changeClaims(draft, pick, below),
    (draft) => changeClaims(draft, pick, below),
    (draft) => changeHeader(draft, pick),
    (draft) => changeHeader(draft, pick),
    (draft) => changeJson(draft, pick, below),
    (draft) => changeSignature(draft, pick, below),
  ];
  return () => {
    const draft = startDraft(keys[pick(drawn)] as Key);
    const level = below(10);
    if (level > 1) for (let n = 0; n < 1 + below(2); n += 1) pick(changers)(draft);
    const text = write(draft);
    return level < 8
      ? { text, changes: draft.changes }
      : { text: changeText(text, draft.changes, pick, below), changes: draft.changes };
  };
}
