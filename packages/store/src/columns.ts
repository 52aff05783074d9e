/** How values of the model rest in columns: lists as JSON text, booleans as 0 and 1, absence as NULL. */
import type { Value } from './act.ts';

export function toJson(list: readonly unknown[] | Readonly<Record<string, unknown>>): string {
  return JSON.stringify(list);
}

export function fromJson(column: Value | undefined): unknown {
  return JSON.parse(column as string);
}

export function toFlag(value: boolean): number {
  return value ? 1 : 0;
}

export function fromFlag(column: Value | undefined): boolean {
  return column === 1;
}

type Present<T> = { readonly [K in keyof T]?: Exclude<T[K], null> };

/** NULL where there is none: what few rows have costs the others nothing. */
export function toJsonOrNull(value: object | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

export function fromJsonOrNull(column: Value | undefined): unknown {
  return column === null || column === undefined ? null : JSON.parse(column as string);
}

/** Without what is NULL: in the model, absence is an absent property. */
export function present<T extends Readonly<Record<string, unknown>>>(columns: T): Present<T> {
  const kept: Record<string, unknown> = {};
  for (const name in columns) if (columns[name] !== null) kept[name] = columns[name];
  return kept as Present<T>;
}
