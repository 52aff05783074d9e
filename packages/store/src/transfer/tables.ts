/**
 * The tables that an archive holds, as the migrations make them: whatever a later migration adds is
 * in it without a word here. Nothing is asked of the database itself, so that both engines, and an
 * older schema, are described in one way.
 */
import { performAct, type Row, statement } from '../act.ts';
import { migrate } from '../migrate.ts';
import { migrations } from '../migrations/index.ts';
import { SqliteConnection } from '../sqlite-connection.ts';

export interface Column {
  readonly name: string;
  readonly isText: boolean;
  readonly isNullable: boolean;
}

export interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
  /** The columns of the primary key, in its order. */
  readonly key: readonly string[];
}

/** What belongs to the nodes that run, and what a schema says of itself. */
const notData: ReadonlySet<string> = new Set(['leases', 'migrations']);

/** All tables of the schema with this many migrations, by name. */
export function describeTables(version: number): readonly Table[] {
  const connection = SqliteConnection.openForWriting({ file: ':memory:', busyTimeoutMs: 0 });
  try {
    performAct(migrate(0, migrations.slice(0, version)), connection.execute);
    const { rows } = connection.execute(
      statement(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`),
    );
    return rows.map(({ name }) => describeTable(connection, name as string));
  } finally {
    connection.close();
  }
}

export function describeData(version: number): readonly Table[] {
  return describeTables(version).filter(({ name }) => !notData.has(name));
}

function describeTable(connection: SqliteConnection, name: string): Table {
  const { rows } = connection.execute(
    statement(
      'SELECT name, type, "notnull" AS not_null, pk FROM pragma_table_info($1) ORDER BY cid',
      name,
    ),
  );
  const key = rows
    .filter((row) => row.pk !== 0)
    .toSorted((one, other) => place(one) - place(other));
  return {
    name,
    columns: rows.map((row) => ({
      name: row.name as string,
      isText: row.type === 'TEXT',
      isNullable: row.not_null === 0,
    })),
    key: key.map((row) => row.name as string),
  };
}

function place(row: Row): number {
  return row.pk as number;
}

export function columnList({ columns }: Table): string {
  return columns.map(({ name }) => name).join(', ');
}
