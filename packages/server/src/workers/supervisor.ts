/**
 * The process above several workers on one port (docs/decisions/0014-workers.md). It reads the configuration, once for all of them, starts
 * them, writes to a SQLite file for all, and serves the sum of their metrics. It answers no request itself.
 */
import cluster from 'node:cluster';
import { isPostgresAddress, loadSharedWriter } from '@keywright/store';
import type { Configuration } from '../configuration/configuration.ts';
import type { RunningServer } from '../http/node-server.ts';
import { createOwnRoutes } from '../http/own-routes.ts';
import { createLog, type Log } from '../log.ts';
import { type Gathered, gatherSnapshots } from '../metrics/gathered-snapshots.ts';
import { startMetricsListener } from '../metrics/listener.ts';
import { Crew, type Generation } from './crew.ts';
import { startMember } from './member.ts';

/** One reading of the configuration: its text is what the workers are given. */
export interface Reading {
  readonly text: string;
  readonly configuration: Configuration;
}

export interface SupervisorParts {
  /** Reads the configuration anew. Rejects with its problems. */
  readonly read: () => Promise<Reading>;
  readonly describeFailure: (error: unknown) => string;
  /** For whoever started it. */
  readonly warn: (text: string) => void;
  /** Nothing serves any more, and nothing can be done about it. */
  readonly onGivenUp: () => void;
}

type Writer = InstanceType<Awaited<ReturnType<typeof loadSharedWriter>>['SharedWriter']>;

/** What a worker may take to answer and close, beyond the time to drain. */
const stopMilliseconds = 10_000;
const metricsGraceMilliseconds = 1000;

export class Supervisor {
  readonly #parts: SupervisorParts;
  readonly #gathered = gatherSnapshots();
  /** One for each file that was named since the start: workers that leave may have another one. */
  readonly #writers = new Map<string, Writer>();
  readonly #crew: Crew;
  #log: Log;
  #metrics: RunningServer | undefined;
  /** Of `#metrics`, as it stood in the configuration. */
  #place: string | undefined;
  #reloading: Promise<void> | undefined;
  #isStopping = false;

  constructor(parts: SupervisorParts, log: Configuration['log']) {
    this.#parts = parts;
    this.#log = createLog(log);
    this.#crew = new Crew({
      onEvent: ({ type, ...detail }) =>
        this.#log.logger[type === 'worker.died' ? 'warn' : 'info'](detail, type),
      onGivenUp: (because) => {
        this.#log.logger.error({ because }, 'workers.given_up');
        parts.warn(`No worker can be started any more, the last one said: ${because}`);
        parts.onGivenUp();
      },
    });
  }

  /** Answers the port. Rejects with what the first worker says when that cannot start; then nothing is left. */
  async start(reading: Reading): Promise<number> {
    cluster.schedulingPolicy = cluster.SCHED_RR;
    cluster.setupPrimary({ args: [...process.argv.slice(2), '--supervised'], serialization: 'advanced' });
    try {
      await this.#log.ready;
      await this.#serveMetrics(reading.configuration);
      return await this.#crew.start(await this.#toGeneration(reading));
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Replaces the workers by new ones of the configuration as it is now. What stands in the way is told, and all is as it was. */
  async reload(): Promise<void> {
    // One that is underway may have read before the last change.
    const former = this.#reloading;
    this.#reloading = (async () => {
      await former;
      if (!this.#isStopping) await this.#replace();
    })();
    await this.#reloading;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#crew.stop();
    await this.#reloading;
    await this.#metrics?.stop(metricsGraceMilliseconds);
    for (const writer of this.#writers.values()) await writer.close();
    await this.#log.close();
  }

  async #replace(): Promise<void> {
    const { read, describeFailure, warn } = this.#parts;
    try {
      const reading = await read();
      const { warnings, log, workers } = reading.configuration;
      for (const warning of warnings) warn(`Warning: ${warning}`);
      await this.#crew.replace(await this.#toGeneration(reading));
      await this.#serveMetrics(reading.configuration);
      // Another file, or the same name for another one.
      await this.#log.close();
      this.#log = createLog(log);
      this.#log.logger.info({ workers }, 'reloaded');
    } catch (error) {
      const because = describeFailure(error);
      this.#log.logger.error({ because }, 'reload.refused');
      warn(`The workers go on as they were. ${because}`);
    }
  }

  async #toGeneration({ text, configuration }: Reading): Promise<Generation> {
    const { workers: processes = 1, drainSeconds } = configuration;
    const writer = await this.#writerFor(configuration);
    const write = writer === undefined ? undefined : writer.write.bind(writer);
    return {
      count: processes,
      endWithinMilliseconds: drainSeconds * 1000 + stopMilliseconds,
      start: () => startMember({ text, processes, write, gathered: this.#gathered }),
    };
  }

  async #writerFor({ database }: Configuration): Promise<Writer | undefined> {
    if (isPostgresAddress(database)) return undefined;
    const known = this.#writers.get(database);
    if (known !== undefined) return known;
    const { SharedWriter } = await loadSharedWriter();
    const writer = new SharedWriter(database);
    this.#writers.set(database, writer);
    return writer;
  }

  /** At another address than before, when that has changed. */
  async #serveMetrics({ metrics: wanted }: Configuration): Promise<void> {
    const place = wanted && JSON.stringify(wanted);
    if (place === this.#place) return;
    await this.#metrics?.stop(metricsGraceMilliseconds);
    this.#metrics = undefined;
    this.#place = place;
    if (wanted === undefined) return;
    const collect = () => collectSnapshots(this.#crew, this.#gathered);
    const isStopping = () => this.#isStopping;
    const health = createOwnRoutes([], { probe: () => probe(this.#crew), isStopping });
    this.#metrics = await startMetricsListener({ collect, health }, wanted);
  }
}

async function collectSnapshots({ members }: Crew, gathered: Gathered) {
  const reports = await Promise.all(members.map((member) => member.report()));
  for (const report of reports) if (report?.snapshot !== undefined) gathered.keep(report.snapshot);
  return gathered.all();
}

/** Rejects when none of them can serve. */
async function probe({ members }: Crew): Promise<void> {
  const reports = await Promise.all(members.map((member) => member.report()));
  if (!reports.some((report) => report?.isReady)) throw new Error('no worker is ready');
}
