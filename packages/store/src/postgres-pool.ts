/** The only file that opens connections to PostgreSQL: a bounded pool, and a time after which nobody waits any longer. */
import { hash } from 'node:crypto';
import { Pool, type PoolClient } from 'pg';
import type { Result, Statement } from './act.ts';
import type { PostgresAddress } from './postgres-address.ts';
import { toPostgresSql, toPostgresValue } from './postgres-dialect.ts';
import { keepsConnection } from './postgres-faults.ts';
import { Pipeline, type PreparedNames, type Step } from './postgres-pipeline.ts';
import { StoreUnavailableError } from './unavailable.ts';

export interface PoolOptions {
  readonly address: PostgresAddress;
  readonly connections: number;
  /** How long one act or read may take with all its repetitions, in milliseconds. */
  readonly timeoutMs: number;
  /** How long to wait for a connection, three quarters of that by default: so something is left for the work. */
  readonly connectMs?: number;
  /** Acts and reads that may wait for a connection. */
  readonly maxPending: number;
}

/** Idle connections are given back, so that a node that rests takes no room on the server. */
const idleTimeoutMs = 30_000;
const goodbyeMs = 1000;

export class PostgresPool {
  readonly #options: PoolOptions;
  readonly #connectMs: number;
  readonly #pool: Pool;
  readonly #sessions = new Map<PoolClient, PostgresSession>();

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#connectMs = options.connectMs ?? Math.ceil(options.timeoutMs * 0.75);
    this.#pool = new Pool({
      connectionString: options.address.connectionString,
      max: options.connections,
      connectionTimeoutMillis: this.#connectMs,
      idleTimeoutMillis: idleTimeoutMs,
      keepAlive: true,
      application_name: 'keywright',
    });
    // An idle connection that is lost is taken out of the pool; the next request opens another one.
    this.#pool.on('error', () => {});
  }

  /** Gives the work a connection of its own. One that is not certain to be sound afterwards is not used again. */
  async use<T>(deadline: number, work: (session: PostgresSession) => Promise<T>): Promise<T> {
    if (this.#pool.waitingCount >= this.#options.maxPending)
      throw new StoreUnavailableError('Too many acts wait for the database.');
    const client = await this.#acquire(deadline);
    const session = this.#sessions.get(client) ?? this.#startSession(client);
    const overdue = setTimeout(() => session.abandon(), Math.max(1, deadline - performance.now()));
    let sound = false;
    try {
      await session.setUp(this.#options.timeoutMs);
      const result = await work(session);
      sound = true;
      return result;
    } catch (error) {
      sound = keepsConnection(error) && !session.isInTransaction;
      throw session.isAbandoned ? new StoreUnavailableError('The database did not answer in time.') : error;
    } finally {
      clearTimeout(overdue);
      client.release(!sound);
    }
  }

  /** Says goodbye, and does not wait long for an answer. */
  async close(): Promise<void> {
    const silent = setTimeout(() => {
      for (const session of this.#sessions.values()) session.abandon();
    }, goodbyeMs);
    await this.#pool.end();
    clearTimeout(silent);
  }

  /** The pool waits as long each time; behind a repetition there may be less time left than that. */
  async #acquire(deadline: number): Promise<PoolClient> {
    const connecting = this.#pool.connect();
    const left = deadline - performance.now();
    if (left > this.#connectMs) return connecting;
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => late.reject(new StoreUnavailableError('The database did not answer in time.')),
      Math.max(0, left),
    );
    try {
      return await Promise.race([connecting, late.promise]);
    } catch (error) {
      connecting.then(
        (client) => client.release(),
        () => {},
      );
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  #startSession(client: PoolClient): PostgresSession {
    client.on('error', () => {});
    client.once('end', () => this.#sessions.delete(client));
    const session = new PostgresSession(client, this.#options.address.prepare);
    this.#sessions.set(client, session);
    return session;
  }
}

const setUpSql = `SELECT current_setting('synchronous_commit') AS synchronous_commit,
  current_setting('server_encoding') AS encoding,
  set_config('statement_timeout', $1, false), set_config('lock_timeout', $1, false),
  set_config('idle_in_transaction_session_timeout', $1, false)`;

export class PostgresSession {
  readonly #client: PoolClient;
  readonly #prepare: boolean;
  readonly #names: PreparedNames = new Map();
  #isSetUp = false;
  #isAbandoned = false;
  #underway: Pipeline | undefined;
  isInTransaction = false;

  constructor(client: PoolClient, prepare: boolean) {
    this.#client = client;
    this.#prepare = prepare;
  }

  get isAbandoned(): boolean {
    return this.#isAbandoned;
  }

  /** One round trip, however many statements. */
  run(statements: readonly Statement[]): Promise<readonly Result[]> {
    return new Promise<readonly Result[]>((resolve, reject) => {
      const steps = statements.map((statement) => this.#toStep(statement));
      this.#underway = new Pipeline(steps, this.#names, resolve, reject);
      if (this.#isAbandoned) reject(new StoreUnavailableError('The connection was given up.'));
      else this.#client.query(this.#underway);
    });
  }

  abandon(): void {
    this.#isAbandoned = true;
    this.#underway?.abandon();
  }

  /**
   * Once for each connection. The time limits let the server, too, end what we no longer wait for; behind a pooler of
   * transactions they reach only some of its connections, and the limits of the role count. What makes an acknowledged write
   * survive is therefore not set but checked.
   */
  async setUp(timeoutMs: number): Promise<void> {
    if (this.#isSetUp) return;
    const [result] = await this.run([{ sql: setUpSql, params: [String(timeoutMs)] }]);
    const { synchronous_commit: synchronousCommit, encoding } = result?.rows[0] ?? {};
    if (synchronousCommit === 'off')
      throw new StoreUnavailableError(
        'The database acknowledges what is not on its disk yet (synchronous_commit is off): switch it on for this role or database.',
      );
    if (encoding !== 'UTF8')
      throw new StoreUnavailableError(`The database is encoded in ${encoding}: make one in UTF8.`);
    this.#isSetUp = true;
  }

  #toStep({ sql, params }: Statement): Step {
    const { text, name } = translate(sql);
    const values = params.map(toPostgresValue);
    return this.#prepare ? { text, name, values } : { text, values };
  }
}

interface Translated {
  readonly text: string;
  readonly name: string;
}

/** There are as many as there are texts in the acts. */
const translations = new Map<string, Translated>();

function translate(sql: string): Translated {
  let translated = translations.get(sql);
  if (translated === undefined) {
    const text = toPostgresSql(sql);
    translated = { text, name: `kw_${hash('sha256', text, 'base64url').slice(0, 22)}` };
    translations.set(sql, translated);
  }
  return translated;
}
