import type { Act } from './act.ts';
import type { Written } from './operation.ts';

/** What a database must offer so that the store can be built on it. */
export interface Engine {
  /**
   * Runs the act in one serializable transaction, or as its level says. When the promise resolves,
   * what the act wrote survives a crash. When it rejects, nothing of the act is stored. Rejects
   * with `StoreUnavailableError` if the database cannot write now.
   */
  readonly act: <A extends readonly unknown[], T>(written: Written<A, T>, ...args: A) => Promise<T>;
  /**
   * Runs an act that only reads. It sees everything that was acknowledged before. `name` is for
   * measurements.
   */
  readonly read: <T>(act: Act<T>, name?: string) => Promise<T>;
  /** Reads whether the database was exported and takes no more writes. */
  readonly isFrozen: () => Act<boolean>;
  /** Finishes what was requested, and refuses later requests. */
  readonly close: () => Promise<void>;
}
