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
      `The sealing key ${sealingKeyFile} is not there: bring the one of the database that is copied.`,
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
    `That is in ${place === '-' ? 'the archive' : place}. Keep the sealing key too, and not beside it.`,
  );
}

export async function exportAll(place: string, global: GlobalOptions): Promise<void> {
  const { options } = await prepare(global);
  const output = openOutput(place);
  const { exportDatabase } = await loadTransfer();
  const counts = await exportDatabase({ ...options, output, now: systemClock.nowSeconds() });
  warn(renderCounts(counts));
  warn(`The database takes no more writes. Its servers go on reading, and answer 503 to whoever wants to write.
Next: keywright import at the new place, then start the servers there. To give the move up: keywright unfreeze.`);
}

export async function restore(place: string, global: GlobalOptions): Promise<void> {
  const { takenAt, kind } = await load(place, global);
  if (kind === 'backup') warn(renderWindow(moment(takenAt)));
}

export async function importAll(place: string, global: GlobalOptions): Promise<void> {
  await load(place, global, ({ kind, takenAt }) => {
    if (kind === 'export') return;
    throw new CommandError(
      `This is a backup: what was written after ${moment(takenAt)} is not in it. Move with what keywright export has written; keywright restore takes this one.`,
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
  warn(`The database takes writes again, and the move is given up. Let no server run on the other one: what was written there
is not here. A refresh token that was rotated there is taken for a stolen one here, and ends its authorization.`);
}

function renderCounts(counts: Readonly<Record<string, number>>): string {
  const filled = Object.entries(counts).filter(([, count]) => count > 0);
  return renderTable(
    ['TABLE', 'ROWS'],
    filled.map(([table, count]) => [table, String(count)]),
  );
}

function renderWindow(takenAt: string): string {
  return `What was acknowledged after ${takenAt} is lost:
- What was ended after that lives again: grants, sessions, refresh tokens, API keys, clients, accounts. End it again.
- Secrets and signing keys that were replaced after that are the former ones again. Replace them again.
- Whoever holds a refresh token that was spent after that can spend it once more.
- A refresh token that was issued after that is taken for a stolen one, and ends its authorization: the application asks its user again.
What to do about each: ${page}`;
}
