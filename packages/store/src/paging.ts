import type { Page, Paging } from '@keywright/core';

const defaultLimit = 100;
const highestLimit = 1000;

/** Rows on a page: the requested number, within 1 and 1000. Default: 100. */
export function pageLimit(paging: Paging): number {
  return Math.min(Math.max(Math.trunc(paging.limit ?? defaultLimit), 1), highestLimit);
}

/**
 * Cuts a page from rows. One row more than the limit was requested, so that the last page is
 * recognized.
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
