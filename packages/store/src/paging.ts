import type { Page, Paging } from '@keywright/core';

const defaultLimit = 100;
const highestLimit = 1000;

/** Rows on a page: what was asked for, within 1 and 1000; 100 when nothing was. */
export function pageLimit(paging: Paging): number {
  return Math.min(Math.max(Math.trunc(paging.limit ?? defaultLimit), 1), highestLimit);
}

/**
 * Cuts a page from rows that were asked for with one more than the limit, so that the last page is
 * known as such.
 */
export function cutPage<T>(
  items: readonly T[],
  limit: number,
  cursorOf: (item: T) => string,
): Page<T> {
  const last = items[limit - 1];
  if (items.length <= limit || last === undefined) return { items };
  return { items: items.slice(0, limit), next: cursorOf(last) };
}
