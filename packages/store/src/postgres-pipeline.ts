/**
 * Several statements in one round trip. They are sent one behind the other with one Sync at the end, and PostgreSQL leaves out
 * whatever follows one that failed, up to that Sync: so a statement behind BEGIN never runs outside of the transaction. pg's
 * own pipelining puts a Sync behind each, which does not promise that.
 */
import type { Duplex } from 'node:stream';
import type { Submittable } from 'pg';
import type { Result, Row, Value } from './act.ts';
import { fromPostgresValue } from './postgres-dialect.ts';

export interface Step {
  readonly text: string;
  /** The name under which it is prepared; without one it is parsed each time. */
  readonly name?: string;
  readonly values: readonly (string | null)[];
}

/** What pg's connection offers to those that submit something: as pg-cursor uses it. */
interface Wire {
  readonly stream: Duplex;
  parse(message: { readonly text: string; readonly name: string; readonly types: readonly number[] }): void;
  bind(message: { readonly statement: string; readonly values: readonly (string | null)[] }): void;
  describe(message: { readonly type: 'P'; readonly name: string }): void;
  execute(message: { readonly rows: number }): void;
  close(message: { readonly type: 'S'; readonly name: string }): void;
  sync(): void;
}

/** Names of one connection. Doubtful: a fault came before it was certain that the name was taken. */
export type PreparedNames = Map<string, 'ready' | 'doubtful'>;

interface Column {
  readonly name: string;
  readonly dataTypeID: number;
}

const noTypes: readonly number[] = [];

export class Pipeline implements Submittable {
  readonly #steps: readonly Step[];
  readonly #names: PreparedNames;
  readonly #settle: {
    readonly resolve: (results: readonly Result[]) => void;
    readonly reject: (error: unknown) => void;
  };
  readonly #results: Result[] = [];
  readonly #parsed: string[] = [];
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

  /** Ends the connection at once, with whatever is underway on it. */
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
    for (const [place, { name, dataTypeID }] of (this.#columns ?? []).entries())
      row[name] = fromPostgresValue(fields[place] ?? null, dataTypeID);
    this.#rows.push(row);
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    const rows = this.#rows;
    this.#results.push({ rows, changes: this.#columns === undefined ? countChanged(text) : rows.length });
    this.#columns = undefined;
    this.#rows = [];
    // Whoever commits what has failed is told ROLLBACK, and not by a fault.
    if (text === 'ROLLBACK' && this.#steps[this.#results.length - 1]?.text === 'COMMIT')
      this.handleError(new Error('The transaction was rolled back.'));
  }

  handleReadyForQuery(): void {
    for (const name of this.#parsed) this.#names.set(name, 'ready');
    this.#settle.resolve(this.#results);
  }

  handleError(error: unknown): void {
    const parsedBefore = new Set(this.#steps.slice(0, this.#results.length).map((step) => step.name));
    for (const name of this.#parsed) this.#names.set(name, parsedBefore.has(name) ? 'ready' : 'doubtful');
    this.#settle.reject(error);
  }

  handleEmptyQuery(): void {
    this.handleError(new Error('A statement without text.'));
  }

  handlePortalSuspended(): void {
    this.handleError(new Error('A portal that was never bounded.'));
  }

  #send(wire: Wire, { text, name = '', values }: Step): void {
    if (name === '') wire.parse({ text, name, types: noTypes });
    else this.#prepare(wire, text, name);
    wire.bind({ statement: name, values });
    wire.describe({ type: 'P', name: '' });
    wire.execute({ rows: 0 });
  }

  #prepare(wire: Wire, text: string, name: string): void {
    const known = this.#names.get(name);
    if (known === 'ready' || this.#parsed.includes(name)) return;
    // To close what is not there is no fault.
    if (known === 'doubtful') wire.close({ type: 'S', name });
    wire.parse({ text, name, types: noTypes });
    this.#parsed.push(name);
  }
}

/** Of `UPDATE 1`, `INSERT 0 1`, `DELETE 3`. */
function countChanged(tag: string): number {
  return Number(/ (\d+)$/.exec(tag)?.[1] ?? 0);
}
