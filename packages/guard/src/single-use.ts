/** What a request may use once, a proof or a sealed key: claimed for that request, however many routes of one guard it passes. */
import { GuardRefusal } from './guard-refusal.ts';
import type { Replays } from './options.ts';
import type { Presented } from './presented.ts';

export interface SingleUse {
  /**
   * Whether nobody but this very request has used it. `expiresAt`, in milliseconds: until when it would be taken again, were it
   * not remembered. Throws (or rejects with) GuardRefusal `overloaded` when that cannot be found out.
   */
  claim(id: string, expiresAt: number, presented: Presented): boolean | Promise<boolean>;
}

export interface SingleUseOptions {
  readonly replays: Replays;
  /** In milliseconds. */
  readonly clock: () => number;
  /** Told why the memory could not be asked. */
  readonly onFailed: (error: unknown) => void;
}

interface Use {
  readonly id: string;
  readonly isFirst: boolean | Promise<boolean>;
}

/**
 * A request may pass two routes, and the second would take its proof for a replay. So the answer is kept with the request, and
 * nothing else is: each route judges the proof anew, by the method, the address, the time and the key as they are then.
 */
export function createSingleUse({ replays, clock, onFailed }: SingleUseOptions): SingleUse {
  const uses = new WeakMap<object, Use>();

  function fail(error: unknown): never {
    if (error instanceof GuardRefusal) throw error;
    onFailed(error);
    throw new GuardRefusal('overloaded', { note: 'replays' });
  }

  function ask(id: string, expiresAt: number): boolean | Promise<boolean> {
    try {
      const claimed: unknown = replays.claim(id, expiresAt);
      // Exactly true: what fails to answer has not said that it is the first. And an answer that comes late may be of a memory
      // that has forgotten the first by then.
      return claimed instanceof Promise
        ? claimed.then((late) => late === true && clock() < expiresAt, fail)
        : claimed === true;
    } catch (error) {
      return fail(error);
    }
  }

  return {
    claim(id, expiresAt, { carrier }) {
      const use = carrier && uses.get(carrier);
      if (use?.id === id) return use.isFirst;
      const isFirst = ask(id, expiresAt);
      if (carrier !== undefined) uses.set(carrier, { id, isFirst });
      return isFirst;
    },
  };
}
