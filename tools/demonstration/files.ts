/** The files of the demonstration: the server's configuration, and demo.json for scripts. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { resourcesOf } from './data.ts';
import {
  type Addresses,
  apiOf,
  clientIds,
  clientsOf,
  type DemonstrationClient,
  dynamicClientScopes,
  people,
} from './platform.ts';
import { readJson, writePrivateJson } from './private-files.ts';
import type { DemonstrationSecrets } from './secrets.ts';
import type { ServiceKey } from './service-key.ts';
import type { StartedSettings } from './settings.ts';
import type { SharingFacts } from './sharing.ts';

const databaseName = 'keywright.db';

export function hasDatabase(folder: string): boolean {
  return existsSync(path.join(folder, databaseName));
}

export function configurationFile(folder: string): string {
  return path.join(folder, 'keywright.json');
}

function demoFile(folder: string): string {
  return path.join(folder, 'demo.json');
}

/** From the last complete start. Undefined before the first. */
export function readFormerIssuer(folder: string): unknown {
  return (readJson(demoFile(folder)) as { readonly issuer?: unknown } | undefined)?.issuer;
}

export function dataFile(folder: string): string {
  return path.join(folder, 'platform-data.json');
}

export function logFile(folder: string, part: string): string {
  return path.join(folder, 'logs', `${part}.log`);
}

/** The platform API's refusals, for `keywright why`. */
export function refusalLogFile(folder: string): string {
  return path.join(folder, 'api.log');
}

function secretOf(client: DemonstrationClient, secrets: DemonstrationSecrets) {
  const secret = secrets.clients[client.client_id];
  const isPublic = client.token_endpoint_auth_method === 'none';
  return isPublic || secret === undefined ? {} : { client_secret: secret };
}

/** The same file that an operator writes for `keywright serve`. */
export function writeConfiguration(
  settings: StartedSettings,
  addresses: Addresses,
  secrets: DemonstrationSecrets,
) {
  writePrivateJson(configurationFile(settings.folder), {
    issuer: addresses.issuer,
    listen: { host: '127.0.0.1', port: settings.port },
    database: databaseName,
    sealing_key_file: 'sealing.key',
    service_name: 'Sunrise Buildings',
    mail: {
      host: '127.0.0.1',
      port: settings.smtpPort,
      tls: 'none',
      from: 'no-reply@sunrise.example',
    },
    sign_up: 'open',
    features: {
      registration: 'open',
      client_id_documents: true,
      device_authorization: true,
      backchannel_authentication: true,
      grant_management: true,
      token_exchange: true,
      global_token_revocation: true,
      challenge_endpoint: true,
      passkeys: true,
      totp: true,
    },
    registration: { scopes: dynamicClientScopes },
    apis: [apiOf(addresses)],
    clients: clientsOf(addresses).map((client) => ({ ...client, ...secretOf(client, secrets) })),
    accounts: people.map(({ email, name, claims }) => ({
      email,
      name,
      claims,
      password: secrets.passwords[email],
      email_verified: true,
    })),
  });
}

export interface DemoFacts {
  readonly settings: StartedSettings;
  readonly addresses: Addresses;
  readonly secrets: DemonstrationSecrets;
  readonly serviceKey: ServiceKey;
  readonly sharing: SharingFacts;
}

/** All data that a script needs to use the demonstration. */
export function writeDemo(facts: DemoFacts): string {
  const { settings, addresses, secrets, serviceKey, sharing } = facts;
  const { folder } = settings;
  const file = demoFile(folder);
  writePrivateJson(file, {
    issuer: addresses.issuer,
    api: addresses.api,
    audience: apiOf(addresses).identifier,
    app: addresses.app,
    // Captured mails, the newest first: to, subject, text, code.
    mail: `${addresses.mail}/mails`,
    accounts: people.map(({ email }) => ({ email, password: secrets.passwords[email] })),
    clients: clientsOf(addresses).map((client) => ({
      client_id: client.client_id,
      ...secretOf(client, secrets),
      kind: client.kind,
      trust: client.trust,
      redirect_uris: client.redirect_uris,
      grant_types: client.grant_types,
      scope: client.scope,
    })),
    resources: resourcesOf(addresses.api),
    sharing,
    api_key: { client_id: clientIds.backgroundService, ...serviceKey },
    // For `keywright` commands: `--config` and `--log`.
    configuration: configurationFile(folder),
    api_log: refusalLogFile(folder),
  });
  return file;
}
