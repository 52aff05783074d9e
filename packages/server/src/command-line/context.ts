/** What every command but `serve` works with: the configuration and the store that it names. */
import { existsSync } from 'node:fs';
import type { Store, Vault } from '@keywright/core';
import { type Configuration, loadConfiguration } from '../configuration/configuration.ts';
import type { Override } from '../configuration/document.ts';
import { openStore, systemClock, systemRandom } from '../ports.ts';
import { CommandError } from './output.ts';

export interface GlobalOptions {
  readonly config?: string;
  readonly host?: string;
  readonly port?: string;
  readonly database?: string;
}

const defaultFiles = ['keywright.yaml', 'keywright.yml', 'keywright.json'];

/** The flag, the environment, or a file of the usual name here. */
function findFile({ config }: GlobalOptions): string {
  const named = config ?? process.env['KEYWRIGHT_CONFIG'];
  const file = named ?? defaultFiles.find((name) => existsSync(name));
  if (file !== undefined) return file;
  throw new CommandError(`There is no configuration: give --config <file>, or make ${defaultFiles[0]} here.`);
}

function toOverrides({ host, port, database }: GlobalOptions): readonly Override[] {
  const flags: readonly [string, readonly string[], unknown][] = [
    ['--host', ['listen', 'host'], host],
    ['--port', ['listen', 'port'], port === undefined || !/^\d{1,6}$/.test(port) ? port : Number(port)],
    ['--database', ['database'], database],
  ];
  return flags
    .filter(([, , value]) => value !== undefined)
    .map(([name, path, value]) => ({ name, path, value }));
}

export function readConfiguration(options: GlobalOptions): Promise<Configuration> {
  return loadConfiguration({
    file: findFile(options),
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
  readonly now: number;
}

/** Opens the store for one command and closes it after. A server may be running on it meanwhile. */
export async function withStore<T>(
  options: GlobalOptions,
  work: (context: CommandContext) => Promise<T>,
): Promise<T> {
  const configuration = await readConfiguration(options);
  const { store, vault } = await openStore(configuration);
  try {
    return await work({ configuration, store, vault, now: systemClock.nowSeconds() });
  } finally {
    await store.close();
  }
}
