/** The context of every command except `serve`: the configuration, and the store that it names. */
import { existsSync } from 'node:fs';
import type { Events, PrivateKeys, Store, Vault } from '@keywright/core';
import { commandActor, createAudit } from '../audit/audit.ts';
import { type Configuration, loadConfiguration } from '../configuration/configuration.ts';
import { type Override, readText } from '../configuration/document.ts';
import { openStore, systemClock, systemRandom } from '../ports.ts';
import { CommandError, warn } from './output.ts';

export interface GlobalOptions {
  readonly config?: string;
  readonly host?: string;
  readonly port?: string;
  readonly database?: string;
  readonly workers?: string;
}

const defaultFiles = ['keywright.yaml', 'keywright.yml', 'keywright.json'];

/**
 * The file from the flag or the environment, or a file with the usual name in the current folder.
 */
function findFile({ config }: GlobalOptions): string {
  const named = config ?? process.env['KEYWRIGHT_CONFIG'];
  const file = named ?? defaultFiles.find((name) => existsSync(name));
  if (file !== undefined) return file;
  throw new CommandError(
    `No configuration was found: give --config <file>, or create ${defaultFiles[0]} in this folder.`,
  );
}

/** A value that is not a number stays as it is. The schema reports it. */
function toNumber(text: string | undefined): unknown {
  return text === undefined || !/^\d{1,6}$/.test(text) ? text : Number(text);
}

function toOverrides({ host, port, database, workers }: GlobalOptions): readonly Override[] {
  const flags: readonly [string, readonly string[], unknown][] = [
    ['--host', ['listen', 'host'], host],
    ['--port', ['listen', 'port'], toNumber(port)],
    ['--database', ['database'], database],
    ['--workers', ['listen', 'workers'], toNumber(workers)],
  ];
  return flags
    .filter(([, , value]) => value !== undefined)
    .map(([name, path, value]) => ({ name, path, value }));
}

/** From the current content of the configuration file. */
export function readConfigurationText(options: GlobalOptions): string {
  return readText(findFile(options));
}

/** Uses `text` instead of the content of the file. */
export function readConfiguration(options: GlobalOptions, text?: string): Promise<Configuration> {
  return loadConfiguration({
    file: findFile(options),
    text,
    env: process.env,
    flags: toOverrides(options),
    now: systemClock.nowSeconds(),
    random: systemRandom,
  });
}

export interface CommandContext {
  readonly configuration: Configuration;
  readonly store: Store;
  readonly vault: Vault;
  readonly privateKeys: PrivateKeys;
  readonly now: number;
  /** Records for the audit what was done, after it is done. */
  readonly events: Events;
}

/**
 * Opens the store for one command and closes it afterwards. A server may use the database at the
 * same time.
 */
export async function withStore<T>(
  options: GlobalOptions,
  work: (context: CommandContext) => Promise<T>,
): Promise<T> {
  return withStoreOf(await readConfiguration(options), work);
}

export async function withStoreOf<T>(
  configuration: Configuration,
  work: (context: CommandContext) => Promise<T>,
): Promise<T> {
  const opened = await openStore(configuration);
  const { store, vault } = opened;
  const { auditRetentionDays: retentionDays } = configuration;
  const parts = { store, vault, retentionDays, onFault: () => undefined };
  const audit = createAudit(parts, 'command', commandActor());
  try {
    return await work({
      ...opened,
      configuration,
      now: systemClock.nowSeconds(),
      events: audit.events,
    });
  } finally {
    if (!(await audit.close())) warn('The command succeeded, but the audit could not be written.');
    await store.close();
  }
}
