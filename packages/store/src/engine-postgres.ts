/**
 * PostgreSQL: any number of nodes on one database, and no node remembers anything. Acts run at the
 * levels of `operation.ts`, and reads outside of transactions. The engine uses no sequences, no
 * advisory locks, no LISTEN and nothing that belongs to a session. So it works behind a pooler of
 * transactions.
 *
 * If the connection is lost during a commit, nobody knows whether the commit took place. The caller
 * gets `StoreUnavailableError`, and the engine does not repeat the act. It repeats only what the
 * database has undone.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Store } from '@keywright/core';
import type { Act } from './act.ts';
import { assertClocksAgree } from './clocks.ts';
import type { Engine } from './engine.ts';
import { isFrozenOnPostgres } from './frozen.ts';
import { assertPostgresMigrated, migratePostgres } from './migrate-postgres.ts';
import { observeEngine, type StoreObserver } from './observed-engine.ts';
import type { Level, Written } from './operation.ts';
import { parsePostgresAddress } from './postgres-address.ts';
import { isWorthRepeating, toStoreError } from './postgres-faults.ts';
import { PostgresPrimary } from './postgres-primary.ts';
import { PostgresPool } from './postgres-pool.ts';
import type { PostgresSession } from './postgres-session.ts';
import { performRead, performSingle, performTransaction } from './postgres-transaction.ts';
import { type CommonOptions, defaultMaxPendingActs, systemClock } from './store-options.ts';
import { createStore } from './store.ts';
import { StoreUnavailableError } from './unavailable.ts';

export interface PostgresStoreOptions extends CommonOptions {
  /**
   * `postgres://user:password@host:port/name`, with the parameters that docs/guides/postgresql.md
   * lists.
   */
  readonly address: string;
  /** How long one act or read may take with all its repetitions, in milliseconds. Default: 4000. */
  readonly timeoutMs?: number;
  /** A number from 0 to below 1, which spreads repetitions. Default: random. */
  readonly jitter?: () => number;
  /** How many processes like this one share the connections that the address allows. Default: 1. */
  readonly processes?: number;
}

const mostRepetitions = 30;
/**
 * The database reports a lost race for a unique key like a mistake in the act. After this many
 * repetitions it was a mistake.
 */
const fewRepetitions = 8;
const longestPauseMs = 50;
/** With one connection, an act that waits for a lock would delay all others. */
const fewestConnections = 2;

/**
 * Opens the store, and brings its tables up to date. Several nodes may do so at once. Throws
 * `DatabaseAddressError`. Throws `SchemaError` if the tables are newer or were changed. Throws
 * `StoreUnavailableError` if the database cannot be reached or does not keep what it acknowledges.
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  const clock = options.clock ?? systemClock;
  const comparesClocks = options.clock === undefined;
  const engine = new PostgresEngine(options);
  try {
    if (options.migrate === 'command') await assertPostgresMigrated(options.address);
    else await migratePostgres(options.address, clock);
    if (comparesClocks)
      await assertClocksAgree(
        engine,
        clock.nowSeconds(),
        'Set the one that is wrong, and start again.',
      );
  } catch (error) {
    await engine.close();
    throw toStoreError(error, 'The database cannot be opened');
  }
  const { observer } = options;
  const { act, read, isFrozen } = engine;
  const plain = { act, read, isFrozen, close: () => engine.close() };
  return createStore(
    observer === undefined ? plain : observeEngine(plain, observer),
    clock,
    comparesClocks,
  );
}

function shareOf(connections: number, processes: number): number {
  return processes === 1
    ? connections
    : Math.max(fewestConnections, Math.floor(connections / processes));
}

class PostgresEngine implements Engine {
  readonly #pool: PostgresPool;
  /** Acts that run one by one wait for the only connection of this pool. */
  readonly #single: PostgresPool;
  readonly #timeoutMs: number;
  readonly #jitter: () => number;
  readonly #observer: StoreObserver | undefined;
  #underway = 0;
  #onIdle: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor({
    address,
    timeoutMs = 4000,
    maxPendingActs = defaultMaxPendingActs,
    jitter = Math.random,
    observer,
    processes = 1,
  }: PostgresStoreOptions) {
    const parsed = parsePostgresAddress(address);
    const primary = new PostgresPrimary(parsed.connectionStrings.length);
    const common = { address: parsed, timeoutMs, maxPending: maxPendingActs, primary };
    this.#pool = new PostgresPool({
      ...common,
      connections: shareOf(parsed.connections, processes),
    });
    this.#single = new PostgresPool({ ...common, connections: 1 });
    this.#timeoutMs = timeoutMs;
    this.#jitter = jitter;
    this.#observer = observer;
    observer?.opened?.(() => ({
      engine: 'PostgreSQL',
      shared: this.#pool.state,
      single: this.#single.state,
    }));
  }

  readonly act = <A extends readonly unknown[], T>(
    written: Written<A, T>,
    ...args: A
  ): Promise<T> =>
    this.#count('The database cannot write', (deadline) =>
      this.#perform(() => written.act(...args), written.level, deadline),
    );

  readonly read = <T>(act: Act<T>): Promise<T> =>
    this.#count('The database cannot be read', (deadline) =>
      this.#pool.use(deadline, (session) => performRead(act, session)),
    );

  readonly isFrozen = isFrozenOnPostgres;

  close(): Promise<void> {
    return (this.#closing ??= this.#finish());
  }

  async #perform<T>(start: () => Act<T>, level: Level, deadline: number): Promise<T> {
    const pool = level === 'one by one' ? this.#single : this.#pool;
    const inPool = (work: (session: PostgresSession) => Promise<T>) =>
      this.#repeat(deadline, () => pool.use(deadline, work));
    if (level === 'single') {
      const done = await this.#repeat(deadline, () =>
        pool.use(deadline, (session) => performSingle(start(), session)),
      );
      if (done !== undefined) return done.value;
    }
    return inPool((session) =>
      performTransaction(start(), session, level === 'locking' ? 'READ COMMITTED' : 'SERIALIZABLE'),
    );
  }

  /** Repeats what the database has undone, after a pause that grows and is random. */
  async #repeat<T>(deadline: number, attempt: () => Promise<T>): Promise<T> {
    for (let repetitions = 0; ; repetitions++) {
      try {
        return await attempt();
      } catch (error) {
        const worth = isWorthRepeating(error);
        const most = { always: mostRepetitions, 'few times': fewRepetitions, never: 0 }[worth];
        if (repetitions >= most) throw error;
        const pause = this.#jitter() * Math.min(longestPauseMs, 2 ** (repetitions + 1));
        if (performance.now() + pause >= deadline) throw error;
        this.#observer?.repeated?.();
        await delay(pause);
      }
    }
  }

  /** Counts the work in progress, so that `close` can wait for it. Gives the work its deadline. */
  async #count<T>(what: string, work: (deadline: number) => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) throw new StoreUnavailableError('The store is closed.');
    this.#underway += 1;
    try {
      return await work(performance.now() + this.#timeoutMs);
    } catch (error) {
      throw toStoreError(error, what);
    } finally {
      this.#underway -= 1;
      if (this.#underway === 0) this.#onIdle?.();
    }
  }

  async #finish(): Promise<void> {
    if (this.#underway > 0)
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    await Promise.all([this.#pool.close(), this.#single.close()]);
  }
}
