/**
 * Keyset pages over rows whose key has several parts. A cursor holds the parts of the last row, in
 * the order of the list.
 */
import type { Entity, Page, Paging } from '@keywright/core';
import { type Act, type Row, statement, type Value } from '../act.ts';
import { cutPage, pageLimit } from '../paging.ts';

export interface KeysetList<T> {
  /** The statement up to WHERE. */
  readonly select: string;
  /** Columns with a given value, which is the same in each row. */
  readonly fixed: readonly (readonly [column: string, value: Value])[];
  /** Columns that order the rows, as they follow the fixed columns in the index. */
  readonly order: readonly string[];
  readonly toItem: (row: Row) => T;
}

/** The two columns of an entity, with its values. Empty if there is no entity. */
export function fixEntity(name: string, entity: Entity | undefined): KeysetList<unknown>['fixed'] {
  if (entity === undefined) return [];
  return [
    [`${name}_type`, entity.type],
    [`${name}_id`, entity.id],
  ];
}

export function* listByKeyset<T>(list: KeysetList<T>, paging: Paging = {}): Act<Page<T>> {
  const limit = pageLimit(paging);
  const params: Value[] = [];
  const place = (value: Value) => `$${params.push(value)}`;
  const conditions = list.fixed.map(([column, value]) => `${column} = ${place(value)}`);
  const after = parseCursor(paging.after, list.order.length) ?? list.order.map(() => '');
  conditions.push(`(${list.order.join(', ')}) > (${after.map((part) => place(part)).join(', ')})`);
  const { rows } = yield statement(
    `${list.select} WHERE ${conditions.join(' AND ')} ORDER BY ${list.order.join(', ')} LIMIT ${place(limit + 1)}`,
    ...params,
  );
  const page = cutPage(rows, limit, (row) =>
    JSON.stringify(list.order.map((column) => row[column])),
  );
  return { ...page, items: page.items.map(list.toItem) };
}

/** A text that is no cursor of this list starts the list from the beginning. */
function parseCursor(after: string | undefined, length: number): readonly string[] | undefined {
  if (after === undefined) return undefined;
  let parts: unknown;
  try {
    parts = JSON.parse(after);
  } catch {
    return undefined;
  }
  const fits =
    Array.isArray(parts) &&
    parts.length === length &&
    parts.every((one) => typeof one === 'string');
  return fits ? (parts as readonly string[]) : undefined;
}
