import type { Act } from './act.ts';
import type { Written } from './operation.ts';

/** What a database must offer so that the store can be built on it. */
export interface Engine {
  /**
   * Runs the act in one serializable transaction, or as its level says. When the promise resolves,
   * what it wrote survives a crash; when it rejects, nothing of it is there. Rejects with
   * `StoreUnavailableError` when the database cannot write now.
   */
  readonly act: <A extends readonly unknown[], T>(written: Written<A, T>, ...args: A) => Promise<T>;
  /**
   * Runs an act that only reads. It sees whatever was acknowledged before. `name`: for those who
   * measure it.
   */
  readonly read: <T>(act: Act<T>, name?: string) => Promise<T>;
  /** Reads whether the database was exported to be moved, and takes no more writes. */
  readonly isFrozen: () => Act<boolean>;
  /** Finishes what was asked for, and refuses what is asked for after. */
  readonly close: () => Promise<void>;
}
