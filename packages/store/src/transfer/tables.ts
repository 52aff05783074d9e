/**
 * The tables of an archive, derived from the migrations. So an archive contains what a later
 * migration adds, without a change here. The database is not asked. So both engines, and an older
 * schema, are described in the same way.
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

/** Data of the running nodes, and data about the schema. */
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
