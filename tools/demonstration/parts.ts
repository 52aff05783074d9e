/** The processes of the demonstration, their settings, and how to see that each of them works. */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { keywrightOf, runKeywright } from './command.ts';
import type { Owners } from './data.ts';
import { decryptionKeysFile } from './decryption-keys.ts';
import {
  configurationFile,
  dataFile,
  hasDatabase,
  logFile,
  readFormerIssuer,
  refusalLogFile,
} from './files.ts';
import { type Addresses, apiOf, clientIds, clientsOf } from './platform.ts';
import type { Part } from './processes.ts';
import type { DemonstrationSecrets } from './secrets.ts';
import type { ServiceKey } from './service-key.ts';
import type { StartedSettings } from './settings.ts';

export interface PartsContext {
  readonly root: string;
  readonly settings: StartedSettings;
  readonly addresses: Addresses;
  readonly secrets: DemonstrationSecrets;
}

const example = (root: string, name: string) => path.join(root, 'examples', name, 'main.ts');

/** Any answer except a fault. */
async function answers(url: string): Promise<boolean> {
  const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(2000) });
  await response.body?.cancel();
  return response.status < 500;
}

export function serverPart({ root, settings, addresses }: PartsContext): Part {
  return {
    name: 'The authorization server',
    args: [keywrightOf(root), 'serve', '--config', configurationFile(settings.folder)],
    env: {},
    log: logFile(settings.folder, 'server'),
    isHealthy: () => answers(`${addresses.issuer}/health/ready`),
  };
}

export function apiPart({ root, settings, addresses, secrets }: PartsContext): Part {
  return {
    name: 'The platform API',
    args: [example(root, 'platform-api')],
    env: {
      PORT: String(settings.apiPort),
      ISSUER: addresses.issuer,
      AUDIENCE: apiOf(addresses).identifier,
      CLIENT_ID: clientIds.platformApi,
      CLIENT_SECRET: secrets.clients[clientIds.platformApi] ?? '',
      DECRYPTION_KEYS_FILE: decryptionKeysFile(settings.folder),
      DATA_FILE: dataFile(settings.folder),
      REFUSAL_LOG: refusalLogFile(settings.folder),
    },
    log: logFile(settings.folder, 'platform-api'),
    isHealthy: () => answers(`${addresses.api}/health`),
  };
}

export function appPart({ root, settings, addresses, secrets }: PartsContext): Part {
  const registered = clientsOf(addresses).find(
    (client) => client.client_id === clientIds.thirdPartyApp,
  );
  return {
    name: 'The third-party application',
    args: [example(root, 'third-party-app')],
    env: {
      ISSUER: addresses.issuer,
      CLIENT_ID: clientIds.thirdPartyApp,
      CLIENT_SECRET: secrets.clients[clientIds.thirdPartyApp] ?? '',
      API_URL: addresses.api,
      RESOURCE: apiOf(addresses).identifier,
      PORT: String(settings.appPort),
      REDIRECT_URI: registered?.redirect_uris[0] ?? '',
    },
    log: logFile(settings.folder, 'third-party-app'),
    isHealthy: () => answers(addresses.app),
  };
}

export function mailboxPart({ root, settings, addresses }: PartsContext): Part {
  return {
    name: 'The mailbox',
    args: [path.join(root, 'tools/demonstration/mailbox.ts')],
    env: { PORT: String(settings.mailPort), SMTP_PORT: String(settings.smtpPort) },
    log: logFile(settings.folder, 'mailbox'),
    isHealthy: () => answers(addresses.mail),
  };
}

export const serviceIntervalSeconds = 5;

/** The service has no port, so its log shows when it works. Only lines of this start count. */
export function servicePart({ root, settings, addresses }: PartsContext, key: ServiceKey): Part {
  const log = logFile(settings.folder, 'background-service');
  const from = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  return {
    name: 'The background service',
    args: [example(root, 'background-service')],
    env: {
      API_KEY: key.api_key,
      API_URL: addresses.api,
      RESOURCE: apiOf(addresses).identifier,
      INTERVAL_SECONDS: String(serviceIntervalSeconds),
    },
    log,
    isHealthy: async () => readFileSync(log).subarray(from).includes(' sent '),
  };
}

/** The port is part of the issuer, and the database belongs to one issuer. */
export async function changeIssuer(context: PartsContext): Promise<void> {
  const { folder } = context.settings;
  if (hasDatabase(folder) && readFormerIssuer(folder) !== context.addresses.issuer)
    await runKeywright(context, 'issuer', 'change');
}

/** The account ids that the server made for the users of the demonstration. */
export async function listOwners(context: PartsContext): Promise<Owners> {
  const listed = await runKeywright(context, 'accounts', 'list', '--json');
  const accounts = JSON.parse(listed) as readonly { readonly id: string; readonly email: string }[];
  return Object.fromEntries(accounts.map(({ id, email }) => [email, id]));
}
