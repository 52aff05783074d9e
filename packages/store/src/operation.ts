/**
 * Acts under the names by which they travel to the writer and are measured, and how each is run.
 */
import type { Act } from './act.ts';

/**
 * How an engine with many writers runs an act. SQLite has one writer and needs none of this.
 *
 * - `serializable`: one serializable transaction, repeated while it could not be serialized. The
 *   others are run otherwise, for the reason that stands with them.
 * - `single`: the act is one conditional statement on one row. The row's lock and the condition,
 *   which is asked again once the lock is had, decide every race. When the statement changed
 *   nothing, and the act wants to say why, the act is begun anew as a serializable transaction.
 * - `locking`: the act takes its rows one after the other in the order of their keys, each by a
 *   conditional write, and holds them to its end. Nothing that it decides was only read.
 * - `one by one`: serializable, and all of them want the same rows: at most one of a node is
 *   underway, so that they do not undo each other. Between nodes the repetition decides.
 */
export type Level = 'serializable' | 'single' | 'locking' | 'one by one';

/** By default of whatever arguments. */
export interface Operation<A extends readonly unknown[] = never, T = unknown> {
  readonly name: string;
  readonly act: (...args: A) => Act<T>;
}

export interface Written<A extends readonly unknown[] = never, T = unknown>
  extends Operation<A, T> {
  readonly level: Level;
}
