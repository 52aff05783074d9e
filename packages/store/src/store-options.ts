import type { Clock } from '@keywright/core';
import type { StoreObserver } from './observed-engine.ts';

/** Options of a store, for both engines. */
export interface CommonOptions {
  /** Default: the clock of the system. */
  readonly clock?: Clock;
  /**
   * Acts (on PostgreSQL also reads) that may wait. Beyond this number they are refused. Default:
   * 10,000.
   */
  readonly maxPendingActs?: number;
  /**
   * `automatic`, the default: opening applies missing migrations. `command`: opening refuses a
   * store that lacks some.
   */
  readonly migrate?: 'automatic' | 'command';
  /** Receives each act and read. Default: none. */
  readonly observer?: StoreObserver | undefined;
}

export const defaultMaxPendingActs = 10_000;

export const systemClock: Clock = { nowSeconds: () => Math.floor(Date.now() / 1000) };
