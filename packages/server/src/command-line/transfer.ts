/** `keywright backup|restore|export|import|unfreeze`. */
import { existsSync } from 'node:fs';
import type { Vault } from '@keywright/core';
import { createVault } from '@keywright/jwt';
import { type ArchiveHeader, loadTransfer, type TransferOptions } from '@keywright/store';
import type { Configuration } from '../configuration/configuration.ts';
import { loadSealingKeys } from '../configuration/sealing-key.ts';
import { assertKeysFit, privateKeysOf, systemClock } from '../ports.ts';
import { asSentence, openInput, openOutput } from './archive-file.ts';
import { type GlobalOptions, readConfiguration, withStoreOf } from './context.ts';
import { CommandError, moment, renderTable, warn } from './output.ts';

const page = 'docs/guides/move-and-back-up.md';

/** A missing key is not created here, because a new key could open nothing. */
function openVault(configuration: Configuration): Vault {
  const { sealingKeyFile } = configuration;
  if (sealingKeyFile !== undefined && !existsSync(sealingKeyFile))
    throw new CommandError(
      `The sealing key ${sealingKeyFile} does not exist. Bring the key of the database that you copy.`,
    );
  const { current, others } = loadSealingKeys(configuration);
  return createVault(current, others);
}

async function prepare(global: GlobalOptions) {
  const configuration = await readConfiguration(global);
  const vault = openVault(configuration);
  const options: TransferOptions = {
    database: configuration.database,
    mac: (data) => vault.mac('archive', data),
    macs: (data) => vault.macs('archive', data),
    assertKeysFit: (keys) => assertKeysFit(keys, privateKeysOf(configuration, vault)),
  };
  return { configuration, options };
}

export async function backUp(place: string, global: GlobalOptions): Promise<void> {
  const { options } = await prepare(global);
  const output = openOutput(place);
  const { backUpDatabase } = await loadTransfer();
  const counts = await backUpDatabase({ ...options, output, now: systemClock.nowSeconds() });
  warn(renderCounts(counts));
  warn(
    `The copy is in ${place === '-' ? 'the archive' : place}. Also keep the sealing key, in another place.`,
  );
}

export async function exportAll(place: string, global: GlobalOptions): Promise<void> {
  const { options } = await prepare(global);
  const output = openOutput(place);
  const { exportDatabase } = await loadTransfer();
  const counts = await exportDatabase({ ...options, output, now: systemClock.nowSeconds() });
  warn(renderCounts(counts));
  warn(`The database accepts no more writes. Its servers still read, and answer 503 to requests that must write.
Next, run keywright import for the new database, and start the servers there. To cancel the move: keywright unfreeze.`);
}

export async function restore(place: string, global: GlobalOptions): Promise<void> {
  const { takenAt, kind } = await load(place, global);
  if (kind === 'backup') warn(renderWindow(moment(takenAt)));
}

export async function importAll(place: string, global: GlobalOptions): Promise<void> {
  await load(place, global, ({ kind, takenAt }) => {
    if (kind === 'export') return;
    throw new CommandError(
      `This is a backup. It does not contain what was written after ${moment(takenAt)}. For a move, use a file of keywright export. To load this file, use keywright restore.`,
    );
  });
  warn('Start the servers with this database.');
}

async function load(
  place: string,
  global: GlobalOptions,
  assertWanted?: (header: ArchiveHeader) => void,
): Promise<ArchiveHeader> {
  const { configuration, options } = await prepare(global);
  const { loadArchive } = await loadTransfer();
  const input = openInput(place);
  try {
    const loaded = await loadArchive({ ...options, input, ...(assertWanted && { assertWanted }) });
    await open(configuration, loaded.header);
    warn(renderCounts(loaded.counts));
    return loaded.header;
  } catch (error) {
    throw asSentence(error, place);
  } finally {
    // A writer does not wait for a reader that has stopped reading.
    input.destroy();
  }
}

/**
 * Updates an older schema, whatever `migrations` says. The audit records where the data came from.
 */
function open(configuration: Configuration, { kind, takenAt }: ArchiveHeader): Promise<void> {
  return withStoreOf({ ...configuration, migrate: 'automatic' }, async ({ events }) => {
    events.emit({ type: 'database.loaded', kind, takenAt, by: 'command' });
  });
}

export async function unfreeze(global: GlobalOptions): Promise<void> {
  const { database } = await readConfiguration(global);
  const { unfreeze: thaw } = await loadTransfer();
  if (!(await thaw(database))) throw new CommandError('The database is not frozen.');
  warn(`The database accepts writes again, and the move is cancelled. No server may run on the other database, because its writes
are not in this one. A refresh token that was rotated there counts as stolen here, and its authorization ends.`);
}

function renderCounts(counts: Readonly<Record<string, number>>): string {
  const filled = Object.entries(counts).filter(([, count]) => count > 0);
  return renderTable(
    ['TABLE', 'ROWS'],
    filled.map(([table, count]) => [table, String(count)]),
  );
}

function renderWindow(takenAt: string): string {
  return `Data that was written after ${takenAt} is lost:
- Ended grants, sessions, refresh tokens, API keys, clients and accounts are active again. End them again.
- Replaced secrets and signing keys are the former ones again. Replace them again.
- A refresh token that was spent can be spent once more.
- A refresh token that was issued counts as stolen. Its authorization ends, and the application asks its user again.
How to do this: ${page}`;
}
