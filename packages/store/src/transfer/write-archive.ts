import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { constants, createZstdCompress } from 'node:zlib';
import {
  type ArchiveHeader,
  type ArchiveKind,
  type ClosingLine,
  type Mac,
  macOfEnd,
  macOfHeader,
  type TableLine,
} from './archive.ts';
import type { Source } from './source.ts';
import { describeData } from './tables.ts';

export interface ArchiveOptions {
  readonly kind: ArchiveKind;
  readonly takenAt: number;
  readonly mac: Mac;
  /**
   * Called before the last line is written. From then on the receiver may have a complete archive.
   */
  readonly onWhole?: () => void;
}

/** A stream of the archive. At most some hundred rows of it are in memory. */
export function writeArchive(
  source: Source,
  options: ArchiveOptions,
): { readonly archive: Readable; readonly counts: Readonly<Record<string, number>> } {
  const counts: Record<string, number> = {};
  const compress = createZstdCompress({ params: { [constants.ZSTD_c_checksumFlag]: 1 } });
  const lines = Readable.from(writeLines(source, options, counts), { highWaterMark: 1 });
  lines.on('error', (error) => compress.destroy(error));
  // The stream reports the fault to the reader of the archive. Without a reader, nobody needs the
  // report.
  compress.on('error', () => {});
  compress.on('close', () => lines.destroy());
  return { archive: lines.pipe(compress), counts };
}

async function* writeLines(
  source: Source,
  { kind, takenAt, mac, onWhole }: ArchiveOptions,
  counts: Record<string, number>,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  const hashed = (lines: readonly unknown[]): Buffer => {
    const bytes = toBytes(lines);
    hash.update(bytes);
    return bytes;
  };
  const id = randomUUID();
  const schema = source.version;
  yield hashed([
    {
      archive: 'keywright',
      format: 1,
      kind,
      schema,
      takenAt,
      id,
      mac: macOfHeader(mac, id),
    } satisfies ArchiveHeader,
  ]);
  for (const table of describeData(schema)) {
    const columns = table.columns.map(({ name }) => name);
    yield hashed([{ table: table.name, columns } satisfies TableLine]);
    let count = 0;
    for await (const rows of source.rows(table)) {
      count += rows.length;
      yield hashed(rows);
    }
    counts[table.name] = count;
  }
  const sha256 = hash.digest('hex');
  onWhole?.();
  yield toBytes([{ end: counts, sha256, mac: macOfEnd(mac, id, sha256) } satisfies ClosingLine]);
}

function toBytes(lines: readonly unknown[]): Buffer {
  return Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}
