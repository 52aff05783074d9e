/** Acts with the names by which they are sent to the writer and measured, and with their levels. */
import type { Act } from './act.ts';

/**
 * How an engine with many writers runs an act. SQLite has one writer and ignores the level.
 *
 * - `serializable`: one serializable transaction, which is repeated if it could not be serialized.
 *   Each other level has the reason why it is enough.
 * - `single`: the act is one conditional statement on one row. The lock of the row and the
 *   condition decide every race. The condition is evaluated again when the lock is held. If the
 *   statement changed nothing and the act wants to say why, the act starts again as a serializable
 *   transaction.
 * - `locking`: the act changes its rows one after the other in the order of their keys, each by a
 *   conditional write, and holds them to its end. It decides nothing by a plain read.
 * - `one by one`: serializable. All such acts want the same rows. At most one of them runs on a
 *   node at a time, so that they do not undo each other. Between nodes, repetition decides.
 */
export type Level = 'serializable' | 'single' | 'locking' | 'one by one';

/** Default: any arguments. */
export interface Operation<A extends readonly unknown[] = never, T = unknown> {
  readonly name: string;
  readonly act: (...args: A) => Act<T>;
}

export interface Written<A extends readonly unknown[] = never, T = unknown>
  extends Operation<A, T> {
  readonly level: Level;
}
