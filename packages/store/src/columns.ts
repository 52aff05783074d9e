/**
 * How values of the model are stored in columns. The columns of a type are declared once, and the
 * rest is derived.
 */
import type { Row, Value } from './act.ts';

/**
 * Texts and numbers are stored as they are, lists and objects as JSON text, booleans as 0 and 1.
 * Absence is NULL.
 */
type Form = 'plain' | 'json' | 'flag';
type FormOf<V> = [V] extends [boolean | undefined]
  ? 'flag'
  : [V] extends [string | number | undefined]
    ? 'plain'
    : 'json';

/**
 * Every member has a column. The column of `redirectUris` is `redirect_uris`, unless another name
 * is given (`['body', 'json']`).
 */
type Columns<T> = {
  readonly [K in keyof T]-?: FormOf<T[K]> | readonly [column: string, form: FormOf<T[K]>];
};

export interface Rows<T> {
  /** `id, account_id`, in the order of the declaration. */
  readonly columns: string;
  readonly names: readonly string[];
  /** `SELECT … FROM …` */
  readonly select: string;
  /** `INSERT INTO … VALUES (…)`, with the parameters from `$1` on. */
  readonly insert: string;
  /** The same for several rows. */
  readonly insertMany: (rows: number) => string;
  /** `$1, $2`, as many as there are columns. */
  readonly places: string;
  /** The parameter of this member. */
  readonly place: (member: keyof T) => string;
  /** The values in the order of the columns. */
  readonly valuesOf: (item: T) => Value[];
  /** The item of the row. NULL, or a column that was not read, is an absent member. */
  readonly read: (row: Row) => T;
}

export function rowsOf<T>(table: string, declared: Columns<T>): Rows<T> {
  const members = Object.keys(declared) as (keyof T & string)[];
  const [names, forms] = [new Array<string>(), new Array<Form>()];
  for (const member of members) {
    const column: Form | readonly [string, Form] = declared[member];
    const [name, form] = typeof column === 'string' ? [toSnakeCase(member), column] : column;
    names.push(name);
    forms.push(form);
  }
  const columns = names.join(', ');
  const places = names.map((_, index) => `$${index + 1}`).join(', ');
  return {
    columns,
    names,
    select: `SELECT ${columns} FROM ${table}`,
    insert: `INSERT INTO ${table} (${columns}) VALUES (${places})`,
    insertMany: (rows) =>
      `INSERT INTO ${table} (${columns}) VALUES ${listPlaces(rows, names.length)}`,
    places,
    place: (member) => `$${members.indexOf(member as keyof T & string) + 1}`,
    valuesOf: (item) => members.map((member, index) => toColumn(item[member], forms[index])),
    read: (row) => {
      const item: Record<string, unknown> = {};
      for (let index = 0; index < members.length; index++) {
        const column = row[names[index] as string];
        if (column !== null && column !== undefined)
          item[members[index] as string] = fromColumn(column, forms[index]);
      }
      return item as T;
    },
  };
}

/** `($1, $2), ($3, $4)` for two rows of two columns. */
function listPlaces(rows: number, columns: number): string {
  const place = (row: number, column: number) => `$${row * columns + column + 1}`;
  return Array.from(
    { length: rows },
    (_, row) =>
      `(${Array.from({ length: columns }, (__, column) => place(row, column)).join(', ')})`,
  ).join(', ');
}

function toSnakeCase(member: string): string {
  return member.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function toColumn(value: unknown, form: Form | undefined): Value {
  if (value === undefined) return null;
  if (form === 'plain') return value as Value;
  return form === 'json' ? JSON.stringify(value) : Number(value);
}

function fromColumn(column: Value, form: Form | undefined): unknown {
  if (form === 'plain') return column;
  return form === 'json' ? fromJson(column) : column === 1;
}

export function toJson(list: readonly unknown[] | Readonly<Record<string, unknown>>): string {
  return JSON.stringify(list);
}

export function fromJson(column: Value | undefined): unknown {
  return JSON.parse(column as string);
}

/** NULL if there is none, so that rows without the value cost nothing. */
export function toJsonOrNull(value: object | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
