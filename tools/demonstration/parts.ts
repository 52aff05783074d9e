/** Which processes make up the demonstration, what each is told, and how one sees that it works. */
import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Owners } from './data.ts';
import { configurationFile, dataFile, logFile } from './files.ts';
import { type Addresses, apiOf, clientIds, clientsOf } from './platform.ts';
import type { Part } from './processes.ts';
import type { DemonstrationSecrets } from './secrets.ts';
import type { DemonstrationSettings } from './settings.ts';

export interface PartsContext {
  readonly root: string;
  readonly settings: DemonstrationSettings;
  readonly addresses: Addresses;
  readonly secrets: DemonstrationSecrets;
}

const keywright = (root: string) => path.join(root, 'packages/server/bin/keywright.cjs');
const example = (root: string, name: string) => path.join(root, 'examples', name, 'main.ts');

/** Any answer but a fault. */
async function answers(url: string): Promise<boolean> {
  const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(2000) });
  await response.body?.cancel();
  return response.status < 500;
}

export function serverPart({ root, settings, addresses }: PartsContext): Part {
  return {
    name: 'The authorization server',
    args: [keywright(root), 'serve', '--config', configurationFile(settings.folder)],
    env: {},
    log: logFile(settings.folder, 'server'),
    isHealthy: () => answers(`${addresses.issuer}/health/ready`),
  };
}

export function apiPart({ root, settings, addresses }: PartsContext): Part {
  return {
    name: 'The platform API',
    args: [example(root, 'platform-api')],
    env: {
      PORT: String(settings.apiPort),
      ISSUER: addresses.issuer,
      AUDIENCE: apiOf(addresses).identifier,
      DATA_FILE: dataFile(settings.folder),
    },
    log: logFile(settings.folder, 'platform-api'),
    isHealthy: () => answers(`${addresses.api}/health`),
  };
}

/** What a client of the API is told. */
function clientEnvironment({ addresses, secrets }: PartsContext, clientId: string): Record<string, string> {
  return {
    ISSUER: addresses.issuer,
    CLIENT_ID: clientId,
    CLIENT_SECRET: secrets.clients[clientId] ?? '',
    API_URL: addresses.api,
    RESOURCE: apiOf(addresses).identifier,
  };
}

export function appPart(context: PartsContext): Part {
  const { root, settings, addresses } = context;
  const registered = clientsOf(addresses).find((client) => client.client_id === clientIds.thirdPartyApp);
  return {
    name: 'The third-party application',
    args: [example(root, 'third-party-app')],
    env: {
      ...clientEnvironment(context, clientIds.thirdPartyApp),
      PORT: String(settings.appPort),
      REDIRECT_URI: registered?.redirect_uris[0] ?? '',
    },
    log: logFile(settings.folder, 'third-party-app'),
    isHealthy: () => answers(addresses.app),
  };
}

export const serviceIntervalSeconds = 5;

/** It serves nothing: its log tells of its first measurements. Only what this start wrote counts. */
export function servicePart(context: PartsContext): Part {
  const log = logFile(context.settings.folder, 'background-service');
  const from = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  return {
    name: 'The background service',
    args: [example(context.root, 'background-service')],
    env: {
      ...clientEnvironment(context, clientIds.backgroundService),
      INTERVAL_SECONDS: String(serviceIntervalSeconds),
    },
    log,
    isHealthy: async () => readFileSync(log).subarray(from).includes(' sent '),
  };
}

/** The ids that the server gave to the demonstration's people. */
export async function listOwners({ root, settings }: PartsContext): Promise<Owners> {
  const args = [
    keywright(root),
    'accounts',
    'list',
    '--json',
    '--config',
    configurationFile(settings.folder),
  ];
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('KEYWRIGHT_')),
  );
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  const accounts = JSON.parse(stdout) as readonly { readonly id: string; readonly email: string }[];
  return Object.fromEntries(accounts.map(({ id, email }) => [email, id]));
}
