/**
 * Moves a whole store into an archive, and from an archive into an empty database of either engine.
 */
import type { Readable } from 'node:stream';
import type { StoredKey } from '@keywright/core';
import { type Act, statement } from '../act.ts';
import type { ArchiveHeader, ArchiveKind, Mac, Macs } from './archive.ts';
import { freeze, unfreeze } from './freeze.ts';
import { openArchive } from './read-archive.ts';
import { type Source, withSource } from './source.ts';
import { fillDatabase } from './target.ts';
import { StoreUnavailableError } from '../unavailable.ts';
import { writeArchive } from './write-archive.ts';

export type Counts = Readonly<Record<string, number>>;

/** A sealed signing key in an archive. */
export interface SealedKey {
  readonly kid: string;
  readonly algorithm: StoredKey['algorithm'];
  readonly sealedPrivateKey: string;
}

/** How a database is copied to or from an archive. */
export interface TransferOptions {
  readonly database: string;
  /** HMAC under the sealing key. */
  readonly mac: Mac;
  /** For an archive that is read. Default: `mac` alone. */
  readonly macs?: Macs;
  /** Throws if these signing keys were not sealed with the sealing key. */
  readonly assertKeysFit: (keys: readonly SealedKey[]) => void;
}

/** Where an archive is written. */
export interface ArchiveOutput {
  /** Resolves when the archive is stored. Does not store an incomplete one. */
  readonly keep: (archive: Readable) => Promise<void>;
  /**
   * Another program may use the archive before it is stored, for example at the other end of a
   * pipe.
   */
  readonly isSeenEarly: boolean;
}

export interface CopyOptions extends TransferOptions {
  readonly output: ArchiveOutput;
  /** Seconds since 1970. */
  readonly now: number;
}

/** A consistent copy of one moment, while others continue to write. */
export function backUpDatabase(options: CopyOptions): Promise<Counts> {
  return copy(options, 'backup', () => {});
}

/**
 * A copy after which the database is frozen. The copy contains everything that was acknowledged. If
 * no complete copy was made, and the database was not frozen before, it is not frozen afterwards.
 */
export async function exportDatabase(options: CopyOptions): Promise<Counts> {
  // A wrong sealing key is found before any write is refused.
  await withSource(options.database, (source) => assertKeysFit(source, options));
  const isNewlyFrozen = await freeze(options.database);
  let isWhole = false;
  try {
    return await copy(options, 'export', () => {
      isWhole = true;
    });
  } catch (error) {
    const mayBeUsed = isWhole && options.output.isSeenEarly;
    if (isNewlyFrozen && !mayBeUsed) await unfreezeAfter(error, options.database);
    throw error;
  }
}

/**
 * Throws if that fails, too: the operator must learn that the database takes no writes until it is
 * unfrozen.
 */
async function unfreezeAfter(fault: unknown, database: string): Promise<void> {
  try {
    await unfreeze(database);
  } catch {
    const reason = fault instanceof Error ? fault.message : String(fault);
    throw new StoreUnavailableError(
      `${reason} The database is still frozen, and could not be made writable: run keywright unfreeze.`,
    );
  }
}

function copy(options: CopyOptions, kind: ArchiveKind, onWhole: () => void): Promise<Counts> {
  const { database, mac, output, now } = options;
  return withSource(database, async (source) => {
    await assertKeysFit(source, options);
    const { archive, counts } = writeArchive(source, { kind, takenAt: now, mac, onWhole });
    try {
      await output.keep(archive);
    } finally {
      // If the archive was not stored, nothing more is read for it.
      archive.destroy();
    }
    return counts;
  });
}

export interface LoadOptions extends TransferOptions {
  readonly input: Readable;
  /** Throws if the archive is not wanted. */
  readonly assertWanted?: (header: ArchiveHeader) => void;
}

export interface Loaded {
  readonly header: ArchiveHeader;
  readonly counts: Counts;
}

/**
 * Loads the archive into an empty database, all of it or nothing. If the archive has an older
 * schema, so has the database, until a store is opened on it. Throws `ArchiveError`. Throws
 * `StoreUnavailableError` if there is data or the database cannot be used.
 */
export async function loadArchive(options: LoadOptions): Promise<Loaded> {
  const { mac, macs = (data: string) => [mac(data)] } = options;
  const { header, parts, counts } = await openArchive(options.input, macs);
  options.assertWanted?.(header);
  return fillDatabase(options.database, header.schema, async (target) => {
    for await (const { table, rows } of parts) await target.put(table, rows);
    await assertKeysFit(target, options);
    return { header, counts };
  });
}

async function assertKeysFit(
  place: Pick<Source, 'read'>,
  { assertKeysFit: assert }: TransferOptions,
): Promise<void> {
  assert(await place.read(listSealedKeys()));
}

function* listSealedKeys(): Act<readonly SealedKey[]> {
  const { rows } = yield statement('SELECT kid, algorithm, sealed_private_key FROM signing_keys');
  return rows.map((row) => ({
    kid: row.kid as string,
    algorithm: row.algorithm as StoredKey['algorithm'],
    sealedPrivateKey: row.sealed_private_key as string,
  }));
}

export { ArchiveError, type ArchiveHeader } from './archive.ts';
export { freeze, isFrozen, unfreeze } from './freeze.ts';
