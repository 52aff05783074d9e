/** The platform's API: buildings and their measurements, protected by the guard. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type ApiKeyOptions, createGuard } from '@keywright/guard';
import { createApi } from './api.ts';
import { type BuildingStore, openBuildingStore } from './building-store.ts';
import { createRefusalLog } from './refusal-log.ts';
import { createRoutes } from './routes.ts';
import { parseSettings, type Settings } from './settings.ts';
import { createSharing } from './sharing.ts';

/** What its routes ask for; published with the API's metadata. */
const scopes = ['buildings:read', 'buildings:write', 'measurements:read', 'measurements:write'];

const patienceMilliseconds = 2_000;

function log(line: string): void {
  process.stdout.write(`${new Date().toISOString()} ${line}\n`);
}

function logFailure(whom: string, error: unknown): void {
  log(`${whom} cannot be asked: ${error instanceof Error ? error.message : String(error)}`);
}

/** Users by their tokens, services by tokens or by sealed API keys: one guard for both. */
function createApiGuard(settings: Settings) {
  const { issuer, clientId, clientSecret, audience, decryptionKeysFile, refusalLog } = settings;
  return createGuard({
    issuer: { issuer, client: { id: clientId, secret: clientSecret } },
    audience,
    apiKeys: { decryptionKeys: readDecryptionKeys(decryptionKeysFile) },
    metadata: { name: 'Sunrise Buildings', scopes },
    onRefusal: createRefusalLog(refusalLog),
    onFailed: (error) => logFailure(issuer, error),
  });
}

function readDecryptionKeys(file: string): ApiKeyOptions['decryptionKeys'] {
  const { keys } = JSON.parse(readFileSync(file, 'utf8')) as { keys?: unknown };
  if (!Array.isArray(keys)) throw new Error(`${file} holds no JWK set`);
  return keys as ApiKeyOptions['decryptionKeys'];
}

function start(): void {
  const settings = parseSettings(process.env);
  const { audience, dataFile, port, host } = settings;
  const store = openBuildingStore(dataFile);
  const guard = createApiGuard(settings);
  const sharing = createSharing({
    ...settings,
    onFailed: (error) => logFailure('the decision point', error),
  });
  const server = createServer(createApi(createRoutes({ guard, store, sharing, log }), log));
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
