/**
 * How much room a store takes: the table of docs/storage.md, "How much room", multiplied. `node tools/room.ts 1000000` for a million active
 * people; `families=12 audit=0` and the like say how many rows there are for each of them, where that differs from the table.
 */
import path from 'node:path';
import { readSource } from './source-files.ts';

export interface TableRoom {
  readonly table: string;
  /** Rows for each active person. */
  readonly rows: number;
  /** Of a row with its share of every index. */
  readonly sqliteBytes: number;
  readonly postgresBytes: number;
}

const page = 'docs/storage.md';
const section = /^## How much room$([\s\S]*?)(?=^## )/m;
const line = /^\| `(\w+)` \|[^|]*\| ([\d.]+) \| ([\d,]+) \| ([\d,]+) \|$/gm;

const toNumber = (text: string | undefined) => Number(text?.replaceAll(',', ''));

export function readRoom(text: string = readSource(page).text): readonly TableRoom[] {
  const [, own = ''] = section.exec(text) ?? [];
  return [...own.matchAll(line)].map(([, table = '', rows, sqlite, postgres]) => ({
    table,
    rows: toNumber(rows),
    sqliteBytes: toNumber(sqlite),
    postgresBytes: toNumber(postgres),
  }));
}

/** Throws a sentence on what is no number of people, and on a table that is not in the page. */
export function calculateRoom(args: readonly string[], room: readonly TableRoom[] = readRoom()): string {
  const [count, ...changes] = args;
  if (!/^\d+$/.test(count ?? ''))
    throw new Error('Say how many active people there are: node tools/room.ts 1000000');
  const changed = new Map(changes.map((change) => readChange(change, room)));
  const lines = room.map((each) => ({
    ...each,
    rows: Number(count) * (changed.get(each.table) ?? each.rows),
  }));
  const total = (bytes: (each: TableRoom) => number) =>
    lines.reduce((sum, each) => sum + each.rows * bytes(each), 0);
  return [
    renderLine('table', 'rows', 'SQLite', 'PostgreSQL'),
    ...lines.map((each) =>
      renderLine(
        each.table,
        Math.ceil(each.rows).toLocaleString('en'),
        renderBytes(each.rows * each.sqliteBytes),
        renderBytes(each.rows * each.postgresBytes),
      ),
    ),
    renderLine(
      'all',
      '',
      renderBytes(total((each) => each.sqliteBytes)),
      renderBytes(total((each) => each.postgresBytes)),
    ),
  ].join('\n');
}

function readChange(change: string, room: readonly TableRoom[]): readonly [string, number] {
  const [, table = '', rows] = /^(\w+)=(\d+(?:\.\d+)?)$/.exec(change) ?? [];
  if (!room.some((each) => each.table === table))
    throw new Error(`${change} is not one of: ${room.map((each) => `${each.table}=<number>`).join(', ')}`);
  return [table, Number(rows)];
}

function renderLine(table: string, rows: string, sqlite: string, postgres: string): string {
  return `${table.padEnd(16)}${rows.padStart(16)}${sqlite.padStart(14)}${postgres.padStart(14)}`;
}

function renderBytes(bytes: number): string {
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

if (process.argv[1] !== undefined && path.resolve(process.argv[1]) === import.meta.filename) {
  try {
    process.stdout.write(`${calculateRoom(process.argv.slice(2))}\n`);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 2;
  }
}
