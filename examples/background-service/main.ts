/**
 * A service that works on its own account: no user, no browser, no library. Every few seconds it reads the buildings
 * and sends one temperature for each.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { createPlatform } from './platform.ts';
import { nextTemperature } from './thermometer.ts';
import { createTokenSource } from './token-source.ts';

const required = ['ISSUER', 'CLIENT_ID', 'CLIENT_SECRET', 'API_URL', 'RESOURCE'] as const;
/** The longest pause after errors. */
const longestSeconds = 60;

async function run(stop: AbortSignal): Promise<void> {
  const { intervalSeconds, platform } = configure(process.env);
  let failures = 0;
  while (!stop.aborted) {
    try {
      const sent = await measureOnce(platform);
      failures = 0;
      log(`sent ${sent} measurements`);
    } catch (error) {
      failures += 1;
      const reason = error instanceof Error ? error.message : 'unknown';
      log(`failed (${failures} in a row): ${reason}`);
    }
    await pause(pauseSeconds(intervalSeconds, failures), stop);
  }
}

function configure(environment: NodeJS.ProcessEnv) {
  const missing = required.filter((name) => !environment[name]);
  if (missing.length > 0) throw new Error(`Set these in the environment: ${missing.join(', ')}`);
  const read = (name: (typeof required)[number]) => environment[name] ?? '';
  const tokens = createTokenSource({
    issuer: read('ISSUER'),
    clientId: read('CLIENT_ID'),
    clientSecret: read('CLIENT_SECRET'),
    resource: read('RESOURCE'),
  });
  const intervalSeconds = Number(environment['INTERVAL_SECONDS'] ?? 5);
  if (!(intervalSeconds > 0)) throw new Error('INTERVAL_SECONDS must be a number above 0');
  return { intervalSeconds, platform: createPlatform(read('API_URL'), tokens) };
}

async function measureOnce(platform: ReturnType<typeof createPlatform>): Promise<number> {
  const buildings = await platform.listBuildings();
  for (const building of buildings) {
    await platform.addMeasurement(building.id, {
      kind: 'temperature',
      value: nextTemperature(building.id),
      unit: '°C',
      at: new Date().toISOString(),
    });
  }
  return buildings.length;
}

/** Twice as long after each failure in a row, so that a platform in trouble is left in peace. */
function pauseSeconds(intervalSeconds: number, failures: number): number {
  if (failures === 0) return intervalSeconds;
  return Math.min(intervalSeconds * 2 ** Math.min(failures, 16), Math.max(longestSeconds, intervalSeconds));
}

async function pause(seconds: number, stop: AbortSignal): Promise<void> {
  await wait(seconds * 1000, undefined, { signal: stop }).catch(() => undefined);
}

function log(line: string): void {
  process.stdout.write(`${new Date().toISOString()} ${line}\n`);
}

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stopping.abort());
await run(stopping.signal).catch((error: unknown) => {
  log(error instanceof Error ? error.message : 'The service cannot start.');
  process.exitCode = 1;
});
