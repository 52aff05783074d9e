/**
 * What a request may use once, a proof or a sealed key: claimed for that request, however many
 * routes of one guard it passes.
 */
import { GuardRefusal } from './guard-refusal.ts';
import type { Replays } from './options.ts';
import type { Presented } from './presented.ts';

export interface SingleUse {
  /**
   * Whether no other request has used it. `expiresAt`, in milliseconds: until when it would be
   * taken again if it were not remembered. Rejects with GuardRefusal `overloaded` when that cannot
   * be found out.
   */
  claim(id: string, expiresAt: number, presented: Presented): Promise<boolean>;
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
  readonly isFirst: Promise<boolean>;
}

/**
 * A request may pass two routes, and the second would take its proof for a replay. So the answer is
 * kept with the request, and nothing else is: each route checks the proof again, by the method, the
 * address, the time and the key as they are then.
 */
export function createSingleUse({ replays, clock, onFailed }: SingleUseOptions): SingleUse {
  const uses = new WeakMap<object, Use>();

  async function ask(id: string, expiresAt: number): Promise<boolean> {
    try {
      const claimed: unknown = await replays.claim(id, expiresAt);
      // Exactly true: anything else does not say that it is the first. And an answer that comes
      // late may be of a memory that has forgotten the first by then.
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
