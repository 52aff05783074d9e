/** Databases between which a store is moved, and archives in memory. */
import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Value } from '../../act.ts';
import { isPostgresLeftOut, makeFolder } from '../../testing-parts/contract.ts';
import { makeSchema } from '../../testing-parts/shared-cluster.ts';
import type { ArchiveKind } from '../archive.ts';
import { type Source, withSource } from '../source.ts';
import { describeData, type Table } from '../tables.ts';
import { type ArchiveOutput, loadArchive } from '../transfer.ts';
import { writeArchive } from '../write-archive.ts';

export type Engine = 'SQLite' | 'PostgreSQL';

export interface Place {
  readonly database: string;
  readonly remove: () => void | Promise<void>;
}

export const engines: readonly Engine[] = isPostgresLeftOut ? ['SQLite'] : ['SQLite', 'PostgreSQL'];

export const pairs = engines.flatMap((from) => engines.map((to) => [from, to] as const));

/** An empty database. */
export async function makePlace(engine: Engine): Promise<Place> {
  if (engine === 'PostgreSQL') {
    const schema = await makeSchema();
    return { database: schema.address, remove: schema.drop };
  }
  const folder = makeFolder();
  return { database: join(folder.path, 'store.db'), remove: folder.remove };
}

export const mac = (data: string): string =>
  createHmac('sha256', 'sealing key').update(data).digest('base64url');

export const keys = { mac, assertKeysFit: () => {} };

export function keepInMemory(): { readonly output: ArchiveOutput; readonly taken: () => Buffer } {
  let taken: Buffer | undefined;
  const keep = async (archive: Readable) => {
    taken = await buffer(archive);
  };
  return {
    output: { keep, isSeenEarly: false },
    taken: () => {
      if (taken === undefined) throw new Error('There is no archive.');
      return taken;
    },
  };
}

export type Rows = Readonly<Record<string, readonly (readonly Value[])[]>>;

/** Everything in a database, by table, in the same order on both engines. */
export function readAll(database: string): Promise<Rows> {
  return withSource(database, async (source) => {
    const all: Record<string, (readonly Value[])[]> = {};
    for (const table of describeData(source.version)) {
      const rows: (readonly Value[])[] = [];
      for await (const batch of source.rows(table)) rows.push(...batch);
      all[table.name] = rows.toSorted((one, other) =>
        JSON.stringify(one) < JSON.stringify(other) ? -1 : 1,
      );
    }
    return all;
  });
}

/** A source with generated rows. */
export function makeSource(
  version: number,
  rowsOf: (table: Table) => Iterable<readonly (readonly Value[])[]>,
): Source {
  return {
    version,
    read: () => Promise.reject(new Error('There is no database.')),
    rows: async function* (table) {
      yield* rowsOf(table);
    },
  };
}

export function archiveOf(source: Source, kind: ArchiveKind = 'export'): Readable {
  return writeArchive(source, { kind, takenAt: 1_800_000_000, mac }).archive;
}

export function load(database: string, input: Readable | Uint8Array) {
  return loadArchive({
    ...keys,
    database,
    input: input instanceof Readable ? input : Readable.from([input]),
  });
}

/** Texts that columns may contain and callers may send. */
const texts = [
  '',
  'Ada',
  `"'\\{},NULL`,
  'line\nend\r\t',
  'a\0b',
  '\u{E000}0',
  '😀 ü',
  '[]',
  '{"end":{}}',
];

/** So many rows in every table, with possible values in each column. */
export function fillEveryTable(version: number): Source {
  return makeSource(version, (table) => [
    texts.map((text, row) =>
      table.columns.map(({ name, isText, isNullable }, column) => {
        if (isNullable && (row + column) % 3 === 0) return null;
        if (isText) return `${text}${row}`;
        return name.endsWith('_ms') ? Number.MAX_SAFE_INTEGER - row : row * 1000 - column;
      }),
    ),
  ]);
}
