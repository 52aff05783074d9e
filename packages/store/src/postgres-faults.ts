/**
 * What a fault of PostgreSQL means for an act: repeat the act, report that the store is
 * unavailable, or report a mistake in the act.
 */
import { frozenState } from './frozen.ts';
import { StoreUnavailableError } from './unavailable.ts';

/** Five characters if the database has answered. Undefined if the connection failed. */
export function sqlStateOf(error: unknown): string | undefined {
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && code !== 'EPIPE'
    ? code
    : undefined;
}

/**
 * The database says that nothing of the transaction was stored: serialization_failure,
 * deadlock_detected.
 */
const undone: ReadonlySet<string> = new Set(['40001', '40P01']);
/** unique_violation: in a serializable transaction, it may be the form of a lost race. */
const lostOrAtFault = '23505';

export function isWorthRepeating(error: unknown): 'always' | 'few times' | 'never' {
  const state = sqlStateOf(error);
  if (state === undefined) return 'never';
  if (undone.has(state)) return 'always';
  return state === lostOrAtFault ? 'few times' : 'never';
}

/**
 * 08 connection, 28 authorization, 3D no such database, 53 disk, memory or connections used up,
 * 55P03 lock not available in time, 57 stopped or cancelled, 58 system failure, XX corruption. A
 * server that only reads (25006) is not the primary. KWFRZ is a database that was exported
 * (frozen.ts).
 */
const unavailable = /^(?:08...|28...|3D000|53...|55P03|57...|58...|XX...|25006|25P03|40...|KWFRZ)$/;

/** Messages of PostgreSQL name tables and columns. Values are in `detail`, which is left out. */
export function toStoreError(error: unknown, what: string): unknown {
  if (!(error instanceof Error) || error instanceof StoreUnavailableError) return error;
  const state = sqlStateOf(error);
  if (state === undefined)
    return isOfConnection(error) ? new StoreUnavailableError(`${what}: ${error.message}.`) : error;
  const sentence = `${error.message} (${state})`;
  return unavailable.test(state)
    ? new StoreUnavailableError(`${what}: ${sentence}.`, { isFrozen: state === frozenState })
    : new Error(sentence);
}

/** pg reports a lost connection by messages, the system by codes. */
function isOfConnection(error: Error): boolean {
  return (
    (error as NodeJS.ErrnoException).syscall !== undefined ||
    typeof (error as NodeJS.ErrnoException).code === 'string' ||
    error instanceof AggregateError ||
    /connection|timeout|terminated|SASL|SCRAM|SSL|password/i.test(error.message)
  );
}

/**
 * Whether the connection can be used again: the database has answered and does not end the
 * connection.
 */
export function keepsConnection(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state !== undefined && !/^(?:08|57P|58|XX|25006|25P03)/.test(state);
}
