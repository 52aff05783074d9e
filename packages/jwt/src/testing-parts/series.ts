/**
 * Two series of tests. `npm test` always makes the same choices, and tries a sample of each long
 * series. `npm run test:long` tries everything and makes its choices from a seed, which it prints.
 * Only this series measures time.
 *
 * A file that imports this one, by itself or through others, is part of both series. No other file
 * is part of the long one (tools/test-series.ts).
 */

/** The seed of every random choice of a test. vitest.config.ts sets it. */
export const seed = Number(process.env['TESTS_SEED']);

/** Whether this is the long series. */
export const isLong = process.env['TESTS_LONG'] !== undefined;

/** The share of the random cases that this run tries. vitest.config.ts sets it. */
export const scale = Number(process.env['TESTS_SCALE'] ?? 1);

/**
 * Whether this run tries a cell of a matrix: the long series tries all, else one of each row, of
 * the next row in another column. `columns` are those that the row has. Of a very long matrix, the
 * short series tries only one of so many rows (`every`).
 */
export function isTried<Column>(
  row: number,
  column: Column,
  columns: readonly Column[],
  every = 1,
): boolean {
  if (isLong) return true;
  return row % every === 0 && columns[(row / every) % columns.length] === column;
}

/** In the long series all of them, else so many, spread evenly: the same ones each time. */
export function sample<T>(all: readonly T[], count: number): readonly T[] {
  if (isLong || count >= all.length) return all;
  return Array.from({ length: count }, (_, at) => all[Math.floor((at * all.length) / count)] as T);
}
