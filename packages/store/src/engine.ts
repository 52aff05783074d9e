import type { Act } from './act.ts';
import type { ActArguments, ActName, ActResult } from './acts/index.ts';

/** What a database must offer so that the store can be built on it. */
export interface Engine {
  /**
   * Runs the named act in one serializable transaction. When the promise resolves, what it wrote survives a crash; when it
   * rejects, nothing of it is there. Rejects with `StoreUnavailableError` when the database cannot write now.
   */
  readonly act: <N extends ActName>(name: N, ...args: ActArguments<N>) => Promise<ActResult<N>>;
  /** Runs an act that only reads. It sees whatever was acknowledged before. */
  readonly read: <T>(act: Act<T>) => Promise<T>;
  /** Reads whether the database was exported to be moved, and takes no more writes. */
  readonly isFrozen: () => Act<boolean>;
  /** Finishes what was asked for, and refuses what is asked for after. */
  readonly close: () => Promise<void>;
}
