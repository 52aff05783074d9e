/**
 * The supervisor of several workers on one port (docs/decisions/0014-workers.md). It reads the
 * configuration once for all, starts the workers, writes to a SQLite file for all, and serves the
 * sum of their metrics. It answers no request itself.
 */
import cluster from 'node:cluster';
import { statSync } from 'node:fs';
import { isPostgresAddress, loadSharedWriter } from '@keywright/store';
import type { Configuration } from '../configuration/configuration.ts';
import type { RunningServer } from '../http/node-server.ts';
import { createOwnRoutes } from '../http/own-routes.ts';
import { createLog, type Log } from '../log.ts';
import { type Gathered, gatherSnapshots } from '../metrics/gathered-snapshots.ts';
import { startMetricsListener } from '../metrics/listener.ts';
import { Crew, type Generation } from './crew.ts';
import { type Orders, startMember } from './member.ts';

/** One reading of the configuration. The workers get its text. */
export interface Reading {
  readonly text: string;
  readonly configuration: Configuration;
}

export interface SupervisorParts {
  /** Reads the configuration again. Rejects with its problems. */
  readonly read: () => Promise<Reading>;
  readonly describeFailure: (error: unknown) => string;
  /** Messages for the user who started the server. */
  readonly warn: (text: string) => void;
  /** No worker runs, and none can be started. */
  readonly onGivenUp: () => void;
}

type WriterClass = Awaited<ReturnType<typeof loadSharedWriter>>['SharedWriter'];
type Writer = InstanceType<WriterClass>;

/** How long a worker may take to answer and close, in addition to the draining time. */
const workerSeconds = 10;
/** The time for the rest. */
const closeSeconds = 5;
const metricsGraceMilliseconds = 1000;

export class Supervisor {
  readonly #parts: SupervisorParts;
  readonly #gathered = gatherSnapshots();
  /**
   * One writer for each database file since the start, because leaving workers may use another
   * file.
   */
  readonly #writers = new Map<string, Writer>();
  readonly #crew: Crew;
  #log: Log;
  #metrics: RunningServer | undefined;
  /** The address of `#metrics` in the configuration. */
  #place: Configuration['metrics'];
  #longestDrainSeconds = 0;
  /** The start, or the current or last reload. */
  #changing: Promise<unknown> = Promise.resolve();
  /** The reload that waits for it. */
  #next: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(parts: SupervisorParts, log: Configuration['log']) {
    this.#parts = parts;
    this.#log = createLog(log);
    this.#crew = new Crew({
      onEvent: ({ type, ...detail }) =>
        this.#log.logger[type === 'worker.died' ? 'warn' : 'info'](detail, type),
      onGivenUp: (because) => {
        this.#log.logger.error({ because }, 'workers.given_up');
        parts.warn(`No worker can be started any more. The last one reported: ${because}`);
        parts.onGivenUp();
      },
    });
  }

  /** A stop takes at most this time, unless something hangs. */
  get stopsWithinSeconds(): number {
    return this.#longestDrainSeconds + workerSeconds + closeSeconds;
  }

  /**
   * Returns the port, or undefined if it was stopped meanwhile. Rejects with the message of a
   * worker that cannot start. Then nothing is left.
   */
  async start(reading: Reading): Promise<number | undefined> {
    cluster.schedulingPolicy = cluster.SCHED_RR;
    cluster.setupPrimary({
      args: [...process.argv.slice(2), '--supervised'],
      serialization: 'advanced',
    });
    const starting = this.#startAll(reading);
    this.#changing = starting.catch(() => undefined);
    try {
      return await starting;
    } catch (error) {
      const isAsked = this.#stopping !== undefined;
      await this.stop();
      if (isAsked) return undefined;
      throw error;
    }
  }

  /**
   * Replaces the workers by new ones with the current configuration. If the first one cannot start,
   * this is reported, and nothing changes.
   */
  reload(): Promise<void> {
    // The running reload may have read the file before the last change. A waiting reload has not
    // read it yet.
    this.#next ??= this.#changing.then(() => {
      this.#next = undefined;
      const replacing = this.#replace();
      this.#changing = replacing;
      return replacing;
    });
    return this.#next;
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #startAll(reading: Reading): Promise<number> {
    await this.#log.ready;
    await this.#moveMetrics(reading.configuration.metrics);
    return this.#crew.start(await this.#toGeneration(reading));
  }

  async #stopAll(): Promise<void> {
    await this.#crew.stop();
    await (this.#next ?? this.#changing);
    await this.#metrics?.stop(metricsGraceMilliseconds);
    for (const writer of this.#writers.values()) await writer.close();
    await this.#log.close();
  }

  async #replace(): Promise<void> {
    if (this.#stopping !== undefined) return;
    const { read, describeFailure, warn } = this.#parts;
    const place = this.#place;
    try {
      const reading = await read();
      const { warnings, log, metrics, workers } = reading.configuration;
      for (const warning of warnings) warn(`Warning: ${warning}`);
      await this.#moveMetrics(metrics);
      const lacking = await this.#crew.replace(await this.#toGeneration(reading));
      await this.#reopenLog(log);
      this.#log.logger.info({ workers, lacking }, 'reloaded');
      if (lacking > 0) warn(describeLacking(lacking, workers));
    } catch (error) {
      if (this.#stopping !== undefined) return;
      await this.#moveMetrics(place).catch(() => undefined);
      const because = describeFailure(error);
      this.#log.logger.error({ because }, 'reload.refused');
      warn(`The workers continue as before. ${because}`);
    }
  }

  /**
   * Another file, or the same name for another file. The workers could open it, so a later problem
   * is only reported.
   */
  async #reopenLog(settings: Configuration['log']): Promise<void> {
    const { warn, describeFailure } = this.#parts;
    const former = this.#log;
    this.#log = createLog(settings);
    await this.#log.ready.catch((error: unknown) => warn(describeFailure(error)));
    await former.close();
  }

  async #toGeneration({ text, configuration }: Reading): Promise<Generation> {
    const { workers: processes = 1, drainSeconds } = configuration;
    this.#longestDrainSeconds = Math.max(this.#longestDrainSeconds, drainSeconds);
    const endWithinMilliseconds = (drainSeconds + workerSeconds) * 1000;
    const write = await this.#writeTo(configuration);
    const orders = { text, processes, write, gathered: this.#gathered, endWithinMilliseconds };
    return { count: processes, start: () => startMember(orders) };
  }

  async #writeTo({ database }: Configuration): Promise<Orders['write']> {
    if (isPostgresAddress(database)) return undefined;
    const { SharedWriter } = await loadSharedWriter();
    let writer: Writer | undefined;
    // After a worker has opened the file, and so created it.
    return async (calls) => (writer ??= this.#writerOf(database, SharedWriter)).write(calls);
  }

  /** Compared by the file, not by its name, because the file may have been replaced. */
  #writerOf(database: string, SharedWriter: WriterClass): Writer {
    const { dev, ino } = statSync(database, { bigint: true });
    const file = `${dev}:${ino}`;
    const writer = this.#writers.get(file) ?? new SharedWriter(database);
    this.#writers.set(file, writer);
    return writer;
  }

  /**
   * If the address has changed. If the new address cannot be used, the metrics stay at the former
   * one.
   */
  async #moveMetrics(wanted: Configuration['metrics']): Promise<void> {
    const former = this.#place;
    if (JSON.stringify(wanted) === JSON.stringify(former)) return;
    // Closed first, because the new address may have the same port on another host.
    await this.#metrics?.stop(metricsGraceMilliseconds);
    this.#metrics = undefined;
    this.#place = undefined;
    try {
      await this.#serveMetrics(wanted);
    } catch (error) {
      await this.#serveMetrics(former).catch(() => undefined);
      throw error;
    }
  }

  async #serveMetrics(place: Configuration['metrics']): Promise<void> {
    if (place === undefined) return;
    const collect = () => collectSnapshots(this.#crew, this.#gathered);
    const isStopping = () => this.#stopping !== undefined;
    const health = createOwnRoutes([], { probe: () => probe(this.#crew), isStopping });
    this.#metrics = await startMetricsListener({ collect, health }, place);
    this.#place = place;
  }
}

function describeLacking(lacking: number, workers = 1): string {
  return `${lacking} of ${workers} workers could not be started with the new configuration yet. This is tried again, and former workers continue until then.`;
}

async function collectSnapshots({ members }: Crew, gathered: Gathered) {
  await Promise.all(members.map((member) => member.report()));
  return gathered.all();
}

/** Rejects if none of them can serve. */
async function probe({ members }: Crew): Promise<void> {
  const reports = await Promise.all(members.map((member) => member.report()));
  if (!reports.some((report) => report?.isReady)) throw new Error('no worker is ready');
}
