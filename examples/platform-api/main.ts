/** The platform's API: buildings and their measurements, protected by the guard. */
import { createServer } from 'node:http';
import { createGuard, type RefusalEvent } from '@keywright/guard';
import { createApi } from './api.ts';
import { type BuildingStore, openBuildingStore } from './building-store.ts';
import { createRoutes } from './routes.ts';
import { parseSettings } from './settings.ts';

const patienceMilliseconds = 2_000;

function log(line: string): void {
  process.stdout.write(`${new Date().toISOString()} ${line}\n`);
}

function logRefusal({ reason, status, decision, subject = '-', clientId = '-' }: RefusalEvent): void {
  log(`refused ${status} ${reason} subject=${subject} client=${clientId} decision=${decision}`);
}

function start(): void {
  const { issuer, audience, dataFile, port, host } = parseSettings(process.env);
  const store = openBuildingStore(dataFile);
  const guard = createGuard({
    issuer,
    audience,
    onRefusal: logRefusal,
    onKeysFailed: () => log(`the keys of ${issuer} cannot be had`),
  });
  const server = createServer(createApi(createRoutes(guard, store), log));
  server.on('error', (error) => fail(`Cannot listen on port ${port}: ${error.message}`));
  server.listen(port, host, () => log(`${audience} answers at ${host}:${port}`));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop(server, store));
}

/** What was begun is answered, what was changed is written, and then it is over. */
function stop(server: ReturnType<typeof createServer>, store: BuildingStore): void {
  server.close(() => store.flush());
  server.closeIdleConnections();
  setTimeout(() => server.closeAllConnections(), patienceMilliseconds).unref();
}

function fail(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
  process.exitCode = 1;
}

try {
  start();
} catch (error) {
  fail(error instanceof Error ? error.message : 'The platform cannot start.');
}
