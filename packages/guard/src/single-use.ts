/**
 * A proof or a sealed key is for one use. It is claimed for its request, through how many routes of
 * one guard the request may pass.
 */
import { GuardRefusal } from './guard-refusal.ts';
import type { Replays } from './options.ts';
import type { Presented } from './presented.ts';

export interface SingleUse {
  /**
   * Whether no other request has used it. `expiresAt`, in milliseconds: the time until which it
   * would be accepted again if it were not remembered. Rejects with GuardRefusal `overloaded` if
   * this cannot be found out.
   */
  claim(id: string, expiresAt: number, presented: Presented): Promise<boolean>;
}

export interface SingleUseOptions {
  readonly replays: Replays;
  /** In milliseconds. */
  readonly clock: () => number;
  /** Receives the reason why the memory could not be asked. */
  readonly onFailed: (error: unknown) => void;
}

interface Use {
  readonly id: string;
  readonly isFirst: Promise<boolean>;
}

/**
 * A request may pass two routes, and the second one would take its proof for a replay. So the
 * answer of `claim` is kept with the request, and nothing else: each route checks the proof again,
 * with the method, the address, the time and the key of that moment.
 */
export function createSingleUse({ replays, clock, onFailed }: SingleUseOptions): SingleUse {
  const uses = new WeakMap<object, Use>();

  async function ask(id: string, expiresAt: number): Promise<boolean> {
    try {
      const claimed: unknown = await replays.claim(id, expiresAt);
      // Exactly true: any other value does not mean that this is the first use. A memory that
      // answers late may have forgotten the first use by then.
      return claimed === true && clock() < expiresAt;
    } catch (error) {
      if (error instanceof GuardRefusal) throw error;
      onFailed(error);
      throw new GuardRefusal('overloaded', { note: 'replays' });
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
