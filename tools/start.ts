/**
 * The demonstration: an authorization server, a platform API, a third-party application, a
 * background service and a mailbox, each in a process of its own. The server is `keywright serve`,
 * as in production.
 */
import path from 'node:path';
import { writeData } from './demonstration/data.ts';
import { makeDecryptionKeys } from './demonstration/decryption-keys.ts';
import { dataFile, logFile, writeConfiguration, writeDemo } from './demonstration/files.ts';
import {
  apiPart,
  appPart,
  changeIssuer,
  listOwners,
  mailboxPart,
  type PartsContext,
  serverPart,
  serviceIntervalSeconds,
  servicePart,
} from './demonstration/parts.ts';
import { addressesOf, clientsOf, people } from './demonstration/platform.ts';
import { assertPortsFree, chooseMailPorts } from './demonstration/ports.ts';
import { makePrivateFolder } from './demonstration/private-files.ts';
import { createProcesses, type Processes } from './demonstration/processes.ts';
import { loadSecrets } from './demonstration/secrets.ts';
import { loadServiceKey, type ServiceKey } from './demonstration/service-key.ts';
import {
  DemonstrationError,
  type DemonstrationSettings,
  readSettings,
  type StartedSettings,
  usage,
} from './demonstration/settings.ts';
import { shareBuildings, type SharingFacts, sharingOf } from './demonstration/sharing.ts';

const root = path.resolve(import.meta.dirname, '..');

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function prepare(settings: StartedSettings): PartsContext {
  const addresses = addressesOf(settings);
  makePrivateFolder(settings.folder);
  makePrivateFolder(path.join(settings.folder, 'logs'));
  const confidential = clientsOf(addresses).filter(
    (client) => client.token_endpoint_auth_method !== 'none',
  );
  const secrets = loadSecrets(
    settings.folder,
    confidential.map((client) => client.client_id),
    people.map((person) => person.email),
  );
  makeDecryptionKeys(settings.folder);
  writeConfiguration(settings, addresses, secrets);
  return { root, settings, addresses, secrets };
}

/** What was started and made so far. */
interface Started {
  readonly serviceKey: ServiceKey;
  readonly sharing: SharingFacts;
}

async function startParts(context: PartsContext, processes: Processes): Promise<Started> {
  const { folder } = context.settings;
  await changeIssuer(context);
  await Promise.all([processes.start(mailboxPart(context)), processes.start(serverPart(context))]);
  const [owners, serviceKey] = await Promise.all([
    listOwners(context),
    loadServiceKey(context, context.addresses),
  ]);
  writeData(dataFile(folder), owners);
  await shareBuildings(context, owners);
  await processes.start(apiPart(context));
  await Promise.all([
    processes.start(appPart(context)),
    processes.start(servicePart(context, serviceKey)),
  ]);
  return { serviceKey, sharing: sharingOf(context.addresses.api, owners) };
}

/** The relative path of a file below the current folder. Other paths are absolute. */
function shown(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative.startsWith('..') || path.isAbsolute(relative) ? path.resolve(file) : relative;
}

function describe({ settings, addresses, secrets }: PartsContext, demo: string): string {
  const line = (name: string, what: string, part: string) =>
    `  ${name.padEnd(24)}${what.padEnd(28)}log ${shown(logFile(settings.folder, part))}`;
  const person = (email: string) => `${email.padEnd(28)}${secrets.passwords[email] ?? ''}`;
  return [
    'The demonstration runs. Begin at the third-party application.',
    '',
    line('Third-party application', addresses.app, 'third-party-app'),
    line('Authorization server', addresses.issuer, 'server'),
    line('Platform API', addresses.api, 'platform-api'),
    line('Mails', addresses.mail, 'mailbox'),
    line('Background service', `every ${serviceIntervalSeconds} seconds`, 'background-service'),
    '',
    ...people.map(
      ({ email }, index) =>
        `  ${(index === 0 ? 'Sign in as' : 'or as').padEnd(24)}${person(email)}`,
    ),
    '',
    `  ${'The same for scripts'.padEnd(24)}${shown(demo)}`,
    '',
    'Ctrl-C stops everything.',
  ].join('\n');
}

/** Resolves at the first signal; later ones change nothing. */
function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => resolve());
  });
}

async function run(settings: DemonstrationSettings): Promise<void> {
  await assertPortsFree(settings);
  const signalled = untilSignal();
  const processes = createProcesses();
  try {
    const context = prepare(await chooseMailPorts(settings));
    const started = startParts(context, processes).then((made) => {
      say(describe(context, writeDemo({ ...context, ...made })));
      return processes.broken;
    });
    await Promise.race([started, signalled]);
  } finally {
    await processes.stop();
  }
}

try {
  const settings = readSettings(process.argv.slice(2), process.env, root);
  if (settings === undefined) say(usage);
  else await run(settings);
  process.exit(0);
} catch (error) {
  const known =
    error instanceof DemonstrationError || (error as NodeJS.ErrnoException).syscall !== undefined;
  process.stderr.write(`${known ? (error as Error).message : (error as Error).stack}\n`);
  process.exit(1);
}
