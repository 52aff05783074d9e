import type { Clock } from '@keywright/core';
import type { StoreObserver } from './observed-engine.ts';

/** What a store is opened with, whatever its engine. */
export interface CommonOptions {
  /** The system's clock by default. */
  readonly clock?: Clock;
  /**
   * Acts (on PostgreSQL: and reads) that may wait for their turn; one more is refused. 10,000 by
   * default.
   */
  readonly maxPendingActs?: number;
  /**
   * Whether opening applies missing migrations, as by default, or refuses a store that lacks some.
   */
  readonly migrate?: 'automatic' | 'command';
  /** Told of each act and read; nobody by default. */
  readonly observer?: StoreObserver | undefined;
}

export const defaultMaxPendingActs = 10_000;

export const systemClock: Clock = { nowSeconds: () => Math.floor(Date.now() / 1000) };
