/**
 * A service that works on its own account: no user, no browser. Every few seconds it reads the
 * buildings and sends one temperature for each, with an API key that is sealed anew for each call,
 * or with an access token.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { createApiKeyFetch } from '@keywright/client';
import { createPlatform } from './platform.ts';
import { parseSettings, type Settings } from './settings.ts';
import { nextTemperature } from './thermometer.ts';
import { createTokenFetch } from './token-fetch.ts';
import { createTokenSource } from './token-source.ts';

/** The longest pause after errors. */
const longestSeconds = 60;

async function run(stop: AbortSignal): Promise<void> {
  const settings = parseSettings(process.env);
  const platform = createPlatform(settings.apiUrl, authenticatedFetch(settings));
  log(
    `calls ${settings.apiUrl} with ${'apiKey' in settings.credential ? 'a sealed API key' : 'access tokens'}`,
  );
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
    await pause(pauseSeconds(settings.intervalSeconds, failures), stop);
  }
}

function authenticatedFetch({ credential, resource }: Settings) {
  if ('apiKey' in credential) return createApiKeyFetch({ apiKey: credential.apiKey, resource });
  return createTokenFetch(createTokenSource({ ...credential, resource }));
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
  return Math.min(
    intervalSeconds * 2 ** Math.min(failures, 16),
    Math.max(longestSeconds, intervalSeconds),
  );
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
