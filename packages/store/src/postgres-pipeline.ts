/**
 * Several statements in one round trip. They are sent one after the other with one Sync at the end.
 * After a failed statement, PostgreSQL skips everything up to the Sync. So a statement after BEGIN
 * never runs outside of the transaction. The pipelining of pg sends a Sync after each statement,
 * which does not ensure this.
 */
import type { Duplex } from 'node:stream';
import type { Submittable } from 'pg';
import type { Result, Row, Value } from './act.ts';
import { fromPostgresValue } from './postgres-dialect.ts';

export interface Step {
  readonly text: string;
  /** The name of the prepared statement. Without a name, it is parsed each time. */
  readonly name?: string;
  readonly values: readonly (string | null)[];
}

/** The part of pg's connection for submitted work, as pg-cursor uses it. */
interface Wire {
  readonly stream: Duplex;
  parse(message: {
    readonly text: string;
    readonly name: string;
    readonly types: readonly number[];
  }): void;
  bind(message: { readonly statement: string; readonly values: readonly (string | null)[] }): void;
  describe(message: { readonly type: 'P'; readonly name: string }): void;
  execute(message: { readonly rows: number }): void;
  close(message: { readonly type: 'S'; readonly name: string }): void;
  sync(): void;
}

interface Column {
  readonly name: string;
  readonly dataTypeID: number;
}

/**
 * Names of prepared statements of one connection, with the columns of their rows. The columns never
 * change while the name exists, so they are requested once. Doubtful: a fault came before it was
 * certain that the name exists.
 */
export type PreparedNames = Map<string, readonly Column[] | 'doubtful'>;

const noColumns: readonly Column[] = [];
const noTypes: readonly number[] = [];

export class Pipeline implements Submittable {
  readonly #steps: readonly Step[];
  readonly #names: PreparedNames;
  readonly #settle: {
    readonly resolve: (results: readonly Result[]) => void;
    readonly reject: (error: unknown) => void;
  };
  readonly #results: Result[] = [];
  /** Names that this query has prepared. */
  readonly #parsed: string[] = [];
  readonly #described = new Map<string, readonly Column[]>();
  /** Columns of the present step, if they were requested. */
  #columns: readonly Column[] | undefined;
  #rows: Row[] = [];
  #stream: Duplex | undefined;

  constructor(
    steps: readonly Step[],
    names: PreparedNames,
    resolve: (results: readonly Result[]) => void,
    reject: (error: unknown) => void,
  ) {
    this.#steps = steps;
    this.#names = names;
    this.#settle = { resolve, reject };
  }

  /** Ends the connection at once, with all work in progress on it. */
  abandon(): void {
    this.#stream?.destroy();
  }

  submit(connection: unknown): void {
    const wire = connection as Wire;
    this.#stream = wire.stream;
    wire.stream.cork();
    try {
      for (const step of this.#steps) this.#send(wire, step);
      wire.sync();
    } finally {
      wire.stream.uncork();
    }
  }

  handleRowDescription({ fields }: { readonly fields: readonly Column[] }): void {
    this.#columns = fields;
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    const row: Record<string, Value> = {};
    const columns = this.#columnsNow();
    for (let place = 0; place < columns.length; place++) {
      const { name, dataTypeID } = columns[place] as Column;
      row[name] = fromPostgresValue(fields[place] ?? null, dataTypeID);
    }
    this.#rows.push(row);
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    const rows = this.#rows;
    const columns = this.#columnsNow();
    const { name } = this.#steps[this.#results.length] as Step;
    if (name !== undefined) this.#described.set(name, columns);
    this.#results.push({ rows, changes: columns.length === 0 ? countChanged(text) : rows.length });
    this.#columns = undefined;
    this.#rows = [];
    // The COMMIT of a failed transaction is answered with ROLLBACK and not with an error.
    if (text === 'ROLLBACK' && this.#steps[this.#results.length - 1]?.text === 'COMMIT')
      this.handleError(new Error('The transaction was rolled back.'));
  }

  handleReadyForQuery(): void {
    this.#keepNames();
    this.#settle.resolve(this.#results);
  }

  handleError(error: unknown): void {
    this.#keepNames();
    this.#settle.reject(error);
  }

  handleEmptyQuery(): void {
    this.handleError(new Error('A statement without text.'));
  }

  handlePortalSuspended(): void {
    this.handleError(new Error('A portal that was never bounded.'));
  }

  #columnsNow(): readonly Column[] {
    if (this.#columns !== undefined) return this.#columns;
    const known = this.#names.get(this.#steps[this.#results.length]?.name ?? '');
    return isKnown(known) ? known : noColumns;
  }

  #keepNames(): void {
    for (const name of this.#parsed) this.#names.set(name, this.#described.get(name) ?? 'doubtful');
  }

  #send(wire: Wire, { text, name = '', values }: Step): void {
    if (name === '') wire.parse({ text, name, types: noTypes });
    else this.#prepare(wire, text, name);
    wire.bind({ statement: name, values });
    if (!isKnown(this.#names.get(name))) wire.describe({ type: 'P', name: '' });
    wire.execute({ rows: 0 });
  }

  #prepare(wire: Wire, text: string, name: string): void {
    const known = this.#names.get(name);
    if (isKnown(known) || this.#parsed.includes(name)) return;
    // Closing a name that does not exist is no error.
    if (known === 'doubtful') wire.close({ type: 'S', name });
    wire.parse({ text, name, types: noTypes });
    this.#parsed.push(name);
  }
}

function isKnown(
  columns: readonly Column[] | 'doubtful' | undefined,
): columns is readonly Column[] {
  return columns !== undefined && columns !== 'doubtful';
}

/** Reads the number in `UPDATE 1`, `INSERT 0 1`, `DELETE 3`. */
function countChanged(tag: string): number {
  return Number(/ (\d+)$/.exec(tag)?.[1] ?? 0);
}
