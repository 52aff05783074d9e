/**
 * The only file that opens connections to PostgreSQL. The pool has a bound, and each wait has a
 * time limit.
 */
import { Pool, type PoolClient } from 'pg';
import type { PoolState } from './observed-engine.ts';
import { parsePostgresAddress, type PostgresAddress } from './postgres-address.ts';
import { keepsConnection } from './postgres-faults.ts';
import { PostgresPrimary } from './postgres-primary.ts';
import { PostgresSession } from './postgres-session.ts';
import { StoreUnavailableError } from './unavailable.ts';

export interface PoolOptions {
  readonly address: PostgresAddress;
  /** Connections to each server. Only one server is used at a time. */
  readonly connections: number;
  /** How long one act or read may take with all its repetitions, in milliseconds. */
  readonly timeoutMs: number;
  /**
   * How long to wait for a connection. Default: three quarters of `timeoutMs`, so that time for the
   * work is left.
   */
  readonly connectMs?: number;
  /** Acts and reads that may wait for a connection. */
  readonly maxPending: number;
  /** What the pools of one process share about several servers. */
  readonly primary?: PostgresPrimary;
}

/** Idle connections are closed, so that an idle node uses none on the server. */
const idleTimeoutMs = 30_000;
const goodbyeMs = 1000;

interface Lent {
  readonly client: PoolClient;
  readonly session: PostgresSession;
  readonly place: number;
}

export class PostgresPool {
  readonly #options: PoolOptions;
  readonly #connectMs: number;
  readonly #primary: PostgresPrimary;
  /** One for each server. */
  readonly #pools: readonly Pool[];
  readonly #opened = new Map<PoolClient, Lent>();
  #search: Promise<unknown> | undefined;

  constructor(options: PoolOptions) {
    const { connectionStrings } = options.address;
    this.#options = options;
    // Each server has a share of the time, so that an unreachable server leaves time for the next.
    this.#connectMs = Math.ceil(
      (options.connectMs ?? options.timeoutMs * 0.75) / connectionStrings.length,
    );
    this.#primary = options.primary ?? new PostgresPrimary(connectionStrings.length);
    this.#pools = connectionStrings.map((connectionString) => {
      const pool = new Pool({
        connectionString,
        max: options.connections,
        connectionTimeoutMillis: this.#connectMs,
        idleTimeoutMillis: idleTimeoutMs,
        keepAlive: true,
        application_name: 'keywright',
      });
      // The pool removes a lost idle connection. The next request opens another one.
      pool.on('error', () => {});
      return pool;
    });
  }

  get state(): PoolState {
    const sum = (count: (pool: Pool) => number) =>
      this.#pools.reduce((total, pool) => total + count(pool), 0);
    return {
      busy: sum((pool) => pool.totalCount - pool.idleCount),
      idle: sum((pool) => pool.idleCount),
      waiting: sum((pool) => pool.waitingCount),
    };
  }

  /**
   * Gives the work a connection of its own. A connection that may be broken afterwards is not used
   * again.
   */
  async use<T>(deadline: number, work: (session: PostgresSession) => Promise<T>): Promise<T> {
    if (this.#poolAt(this.#primary.place).waitingCount >= this.#options.maxPending)
      throw new StoreUnavailableError('Too many acts wait for the database.');
    const lent = await this.#lend(deadline);
    const { session } = lent;
    return this.#within(lent, deadline, async () => {
      const result = await work(session);
      session.answeredAt = performance.now();
      return result;
    });
  }

  /** Closes the connections, and does not wait long for an answer. */
  async close(): Promise<void> {
    const silent = setTimeout(() => {
      for (const { session } of this.#opened.values()) session.abandon();
    }, goodbyeMs);
    await Promise.all(this.#pools.map((pool) => pool.end()));
    clearTimeout(silent);
  }

  /** Tries each of several servers once, and begins with the last known primary. */
  async #lend(deadline: number): Promise<Lent> {
    if (this.#primary.isUnknown) await this.#findPrimary(deadline);
    let fault: unknown;
    for (const _ of this.#pools) {
      const { place } = this.#primary;
      try {
        return await this.#lendFrom(place, deadline);
      } catch (error) {
        if (this.#pools.length === 1 || isBusy(error)) throw error;
        fault ??= error;
        this.#primary.leave(place);
      }
    }
    throw fault;
  }

  /**
   * Asks all servers, because a former primary may be the first in the address. If a primary is
   * known, it asks the others. Never rejects.
   */
  #findPrimary(deadline: number): Promise<unknown> {
    const known = this.#primary.isUnknown ? undefined : this.#primary.place;
    this.#search ??= Promise.allSettled(
      this.#pools.map(async (_, place) => {
        if (place === known) return;
        const { client } = await this.#lendFrom(place, deadline);
        client.release(place !== this.#primary.place);
      }),
    ).finally(() => {
      this.#search = undefined;
    });
    return this.#search;
  }

  /**
   * A server that does not answer, or whose standby does not answer, may be a former primary: cut
   * off from its standby, which has been promoted since. No request waits for the search.
   */
  #doubtPrimary(): void {
    if (this.#primary.servers > 1) void this.#findPrimary(performance.now() + this.#connectMs);
  }

  /** A connection that is set up. Not one that stopped answering together with another one. */
  async #lendFrom(place: number, deadline: number): Promise<Lent> {
    for (;;) {
      const client = await this.#acquire(this.#poolAt(place), deadline);
      const lent = this.#opened.get(client) ?? this.#startSession(client, place);
      const { session } = lent;
      if (this.#primary.isSuspect(place, session.answeredAt)) {
        session.abandon();
        client.release(true);
      } else if (session.isSetUp) {
        return lent;
      } else {
        await this.#within(lent, deadline, () => this.#setUp(lent), 'keep');
        return lent;
      }
    }
  }

  async #setUp({ session, place }: Lent): Promise<void> {
    const several = this.#primary.servers > 1;
    const timeline = await session.setUp(this.#options.timeoutMs, several);
    if (timeline !== undefined && this.#primary.find(place, timeline)) this.#abandonOthers(place);
  }

  /**
   * Work in progress at a former primary may never be acknowledged, so nothing waits for it.
   * Servers that are still being asked are not affected.
   */
  #abandonOthers(place: number): void {
    for (const { session, place: other } of this.#opened.values())
      if (other !== place && session.isSetUp) session.abandon();
  }

  async #within<T>(
    { client, session, place }: Lent,
    deadline: number,
    work: () => Promise<T>,
    then: 'release' | 'keep' = 'release',
  ): Promise<T> {
    const began = performance.now();
    const overdue = setTimeout(() => session.abandon(), Math.max(1, deadline - began));
    try {
      const result = await work();
      if (then === 'release') client.release(place !== this.#primary.place);
      return result;
    } catch (error) {
      client.release(then === 'keep' || !keepsConnection(error) || session.isInTransaction);
      if (session.isAbandoned || error instanceof StoreUnavailableError) this.#doubtPrimary();
      if (!session.isAbandoned) throw error;
      this.#primary.suspect(place, began);
      throw new StoreUnavailableError('The database did not answer in time.');
    } finally {
      clearTimeout(overdue);
    }
  }

  /** The pool always waits equally long. After a repetition, less time may be left. */
  async #acquire(pool: Pool, deadline: number): Promise<PoolClient> {
    const connecting = pool.connect();
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

  #startSession(client: PoolClient, place: number): Lent {
    client.on('error', () => {});
    client.once('end', () => this.#opened.delete(client));
    const session = new PostgresSession(client, this.#options.address.prepare);
    client.on('notice', (notice) => session.onNotice(notice));
    const lent = { client, session, place };
    this.#opened.set(client, lent);
    return lent;
  }

  #poolAt(place: number): Pool {
    return this.#pools[place] as Pool;
  }
}

/** All connections are in use. This says nothing about the server. */
function isBusy(error: unknown): boolean {
  return /timeout exceeded when trying to connect/.test((error as Error).message);
}

/** As long as an act: a short task should soon report that the database does not answer. */
export const checkMs = 4000;

/** For work beside that of the store. */
export async function onOneConnection<T>(
  address: string,
  work: (pool: PostgresPool) => Promise<T>,
): Promise<T> {
  const limits = { connections: 1, timeoutMs: checkMs, connectMs: checkMs, maxPending: 1 };
  const pool = new PostgresPool({ address: parsePostgresAddress(address), ...limits });
  try {
    return await work(pool);
  } finally {
    await pool.close();
  }
}
