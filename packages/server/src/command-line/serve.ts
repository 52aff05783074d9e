/** `keywright serve`: runs until it is told to stop, then answers what is in flight and ends. */
import { flushCompileCache } from 'node:module';
import { startProduct } from '../wiring.ts';
import { type GlobalOptions, readConfiguration } from './context.ts';
import { print, warn } from './output.ts';
import { releaseStartMemory } from './start-memory.ts';

export async function serve(options: GlobalOptions): Promise<void> {
  const configuration = await readConfiguration(options);
  for (const warning of configuration.warnings) warn(`Warning: ${warning}`);
  const product = await startProduct(configuration);
  const { host, log } = configuration;
  const shown = host.includes(':') ? `[${host}]` : host;
  print(`Keywright serves ${configuration.options.issuer} on http://${shown}:${product.port}`);
  if (log.file !== undefined) print(`The log is ${log.file}`);
  stopOnSignal(() => product.stop());
  // Kept now, and not only at a clean end (see bin/keywright.cjs).
  flushCompileCache();
  releaseStartMemory();
}

/** A second signal changes nothing: the first one's end is at most ten seconds away. */
function stopOnSignal(stop: () => Promise<void>): void {
  let stopping = false;
  const end = (): void => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), 10_000).unref();
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        warn(error instanceof Error ? error.message : String(error));
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, end);
}
