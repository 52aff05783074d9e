/**
 * One connection to PostgreSQL: its set-up and checks, and several statements in one round trip.
 */
import { hash } from 'node:crypto';
import type { PoolClient } from 'pg';
import type { Result, Row, Statement } from './act.ts';
import { toPostgresSql, toPostgresValue } from './postgres-dialect.ts';
import { Pipeline, type PreparedNames, type Step } from './postgres-pipeline.ts';
import { StoreUnavailableError } from './unavailable.ts';

const setUpSql = `SELECT current_setting('synchronous_commit') AS synchronous_commit,
  current_setting('synchronous_standby_names', true) AS standbys,
  current_setting('transaction_read_only') AS read_only, current_setting('server_encoding') AS encoding,
  set_config('statement_timeout', $1, false), set_config('lock_timeout', $1, false),
  set_config('idle_in_transaction_session_timeout', $1, false)`;

/** Eight hexadecimal digits at the beginning of the name of the file that is written now. */
const timelineSql = `, CASE WHEN pg_is_in_recovery() THEN NULL
  ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END AS timeline`;

/**
 * If somebody cancels the wait for a standby, the server acknowledges something that the standby
 * does not have.
 */
const waitingForStandby = 'SyncRepWaitForLSN';

export class PostgresSession {
  readonly #client: PoolClient;
  readonly #prepare: boolean;
  readonly #names: PreparedNames = new Map();
  #isSetUp = false;
  #isAbandoned = false;
  #underway: Pipeline | undefined;
  isInTransaction = false;
  /** When it answered last, by `performance`. */
  answeredAt = performance.now();

  constructor(client: PoolClient, prepare: boolean) {
    this.#client = client;
    this.#prepare = prepare;
  }

  get isAbandoned(): boolean {
    return this.#isAbandoned;
  }

  get isSetUp(): boolean {
    return this.#isSetUp;
  }

  /** One round trip for any number of statements. */
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
   * After this warning a commit looks like any other. It is recognized by its place in the source
   * of the server, because its text is translated.
   */
  onNotice({ routine }: { readonly routine?: string | undefined }): void {
    if (routine !== waitingForStandby) return;
    this.#underway?.handleError(
      new StoreUnavailableError(
        'The standby may not have the write, because the wait for it was cancelled.',
      ),
    );
  }

  /**
   * Runs once for each connection. With the time limits, the server too ends work that we no longer
   * wait for. Behind a pooler of transactions, the limits reach only some of its connections, and
   * the limits of the role count. Therefore the settings that make an acknowledged write survive
   * are checked and not set. Answers the timeline if it was requested.
   */
  async setUp(timeoutMs: number, withTimeline: boolean): Promise<number | undefined> {
    const sql = withTimeline ? setUpSql + timelineSql : setUpSql;
    const [result] = await this.run([{ sql, params: [String(timeoutMs)] }]);
    const row = result?.rows[0] ?? {};
    // Without this check, reads there could be old (a standby), and writes would be refused.
    if (row['read_only'] !== 'off')
      throw new StoreUnavailableError(
        'The server is read-only: it is a standby, or it was fenced.',
      );
    assertDurable(row);
    if (row['encoding'] !== 'UTF8')
      throw new StoreUnavailableError(
        `The database is encoded in ${row['encoding']}: make one in UTF8.`,
      );
    this.#isSetUp = true;
    return withTimeline ? Number.parseInt(row['timeline'] as string, 16) : undefined;
  }

  #toStep({ sql, params }: Statement): Step {
    const { text, name } = translate(sql);
    const values = params.map(toPostgresValue);
    return this.#prepare ? { text, name, values } : { text, values };
  }
}

function assertDurable({ synchronous_commit: commit, standbys }: Row): void {
  if (commit === 'off')
    throw new StoreUnavailableError(
      'The database acknowledges writes that are not on its disk yet (synchronous_commit is off): switch it on for this role or database.',
    );
  if (commit === 'local' && standbys !== null && standbys !== '')
    throw new StoreUnavailableError(
      'The database acknowledges writes that its standby does not have yet (synchronous_commit is local): switch it on for this role or database.',
    );
}

interface Translated {
  readonly text: string;
  readonly name: string;
}

/** One entry for each statement text of the acts. */
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
