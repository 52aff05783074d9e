/**
 * Group commit: acts that were requested together share one transaction, and so one wait for the
 * disk. Runs in the writer thread for a file, and in the caller's thread for a database in memory.
 */
import { type Act, performAct } from './act.ts';
import { writtenActs } from './acts/index.ts';
import { type SqliteConnection, type StorageFault, storageFaultOf } from './sqlite-connection.ts';

/** One act with its arguments, to be committed in a batch. */
export type Call = readonly [name: string, ...args: readonly unknown[]];

export interface ActFault {
  /** Absent if the act itself is at fault. */
  readonly storage?: StorageFault;
  readonly message: string;
}

/** The outcome of each call of a batch, by its position: a value, or a fault. */
export interface Answers {
  readonly values: readonly unknown[];
  readonly faults?: ReadonlyMap<number, ActFault>;
}

export class SqliteWriter {
  readonly #open: () => SqliteConnection;
  #connection: SqliteConnection | undefined;

  /**
   * Opens at the first batch, and again after a fault that may have broken the connection. No
   * restart is needed.
   */
  constructor(open: () => SqliteConnection) {
    this.#open = open;
  }

  commit(calls: readonly Call[]): Answers {
    const values: unknown[] = [];
    const faults = new Map<number, ActFault>();
    this.#commitRange(calls, 0, calls.length, values, faults);
    return faults.size === 0 ? { values } : { values, faults };
  }

  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }

  /**
   * A batch without faults pays nothing for this. If something fails, the batch is halved until the
   * failing act is alone. The other acts commit without it.
   */
  #commitRange(
    calls: readonly Call[],
    from: number,
    to: number,
    values: unknown[],
    faults: Map<number, ActFault>,
  ): void {
    try {
      this.#commitTogether(calls, from, to, values);
    } catch (error) {
      const fault = describeFault(error);
      if (fault.storage === 'broken') this.close();
      if (to - from === 1 || concernsAll(fault)) {
        for (let place = from; place < to; place++) faults.set(place, fault);
        return;
      }
      const middle = (from + to) >> 1;
      this.#commitRange(calls, from, middle, values, faults);
      this.#commitRange(calls, middle, to, values, faults);
    }
  }

  #commitTogether(calls: readonly Call[], from: number, to: number, values: unknown[]): void {
    const connection = (this.#connection ??= this.#open());
    connection.transaction(() => {
      for (let place = from; place < to; place++)
        values[place] = performAct(startAct(calls[place] as Call), connection.execute);
    });
  }
}

function startAct([name, ...args]: Call): Act<unknown> {
  const written = writtenActs.get(name);
  if (written === undefined) throw new Error(`No act is named ${name}.`);
  return written.act(...(args as never));
}

/**
 * A full disk may still hold a smaller act. If the file is locked, broken or frozen, each act alone
 * would fail too, after another wait.
 */
function concernsAll(fault: ActFault): boolean {
  return fault.storage !== undefined && fault.storage !== 'full';
}

/** Messages of SQLite name tables and columns, and never values. */
function describeFault(error: unknown): ActFault {
  const storage = storageFaultOf(error);
  const message = error instanceof Error ? error.message : String(error);
  return storage === undefined ? { message } : { storage, message };
}
