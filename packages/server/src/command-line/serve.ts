/** `keywright serve`: runs until it is stopped, then answers the open requests and ends. */
import { flushCompileCache } from 'node:module';
import { isFrozen } from '@keywright/store';
import type { Configuration } from '../configuration/configuration.ts';
import { type GlobalOptions, readConfiguration, readConfigurationText } from './context.ts';
import { describeFailure, print, warn } from './output.ts';
import { releaseStartMemory } from './start-memory.ts';

export interface ServeOptions extends GlobalOptions {
  /** A supervisor sets it for the workers that it starts. */
  readonly supervised?: boolean;
}

export async function serve(options: ServeOptions): Promise<void> {
  if (options.supervised === true) return work(options);
  const text = readConfigurationText(options);
  const configuration = await readConfiguration(options, text);
  for (const warning of configuration.warnings) warn(`Warning: ${warning}`);
  await warnWhenFrozen(configuration.database);
  if (configuration.workers === undefined) return serveAlone(configuration);
  return supervise(options, { text, configuration });
}

async function serveAlone(configuration: Configuration): Promise<void> {
  const { startProduct } = await import('../wiring.ts');
  const starting = startProduct(configuration);
  const withinSeconds = configuration.drainSeconds + endSeconds;
  const stop = once(() => end(async () => (await starting).stop(), withinSeconds));
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop);
  const { port } = await starting;
  tellAddress(configuration, port);
  settle();
}

async function supervise(
  options: GlobalOptions,
  first: { readonly text: string; readonly configuration: Configuration },
): Promise<void> {
  const { Supervisor } = await import('../workers/supervisor.ts');
  const read = async () => {
    const text = readConfigurationText(options);
    return { text, configuration: await readConfiguration(options, text) };
  };
  const onGivenUp = () => process.exit(1);
  const { configuration } = first;
  const supervisor = new Supervisor({ read, describeFailure, warn, onGivenUp }, configuration.log);
  // Before anything is started, because a signal may come while the workers start.
  const stop = once(() => end(() => supervisor.stop(), supervisor.stopsWithinSeconds));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
  process.on('SIGHUP', () => void supervisor.reload());
  const port = await supervisor.start(first);
  if (port === undefined) return;
  tellAddress(configuration, port, configuration.workers);
  settle();
}

async function work(options: GlobalOptions): Promise<void> {
  const { runWorker } = await import('../workers/worker.ts');
  const load = (text: string) => readConfiguration(options, text);
  runWorker({ load, describeFailure, onStarted: settle });
}

function tellAddress(
  { host, options, log, tls }: Configuration,
  port: number,
  workers?: number,
): void {
  const shown = host.includes(':') ? `[${host}]` : host;
  const by = workers === undefined ? '' : `, by ${workers} ${workers === 1 ? 'worker' : 'workers'}`;
  print(
    `Keywright serves ${options.issuer} on ${tls === undefined ? 'http' : 'https'}://${shown}:${port}${by}`,
  );
  if (log.file !== undefined) print(`The log is ${log.file}`);
}

function settle(): void {
  // Saved now, and not only at a regular end (see bin/keywright.cjs).
  flushCompileCache();
  releaseStartMemory();
}

/**
 * The process may still read, but is not ready. The code that opens the database reports what is
 * wrong with it.
 */
async function warnWhenFrozen(database: string): Promise<void> {
  if (!(await isFrozen(database).catch(() => false))) return;
  warn(
    'Warning: this database was exported to be moved. It does not accept writes. Name the new database in the configuration. To cancel the move, run: keywright unfreeze.',
  );
}

/** The time that a stop may take in addition to the draining time. */
const endSeconds = 10;

/** A second signal has no effect, because the stop is already under way. */
function once(action: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    action();
  };
}

function end(stop: () => Promise<void>, withinSeconds: number): void {
  setTimeout(() => process.exit(1), withinSeconds * 1000).unref();
  stop().then(
    () => process.exit(0),
    (error: unknown) => {
      warn(error instanceof Error ? error.message : String(error));
      process.exit(1);
    },
  );
}
