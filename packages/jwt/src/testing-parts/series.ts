/**
 * Two series of tests. `npm test` makes the same choices each time, and tries a sample of what is
 * long. `npm run test:long` tries everything, makes its choices from a seed that it prints, and
 * alone measures time.
 *
 * A file that imports this one, by itself or through others, is part of both series; no other file
 * is part of the long one (tools/test-series.ts).
 */

/** Of every choice that a test makes by chance. vitest.config.ts sets it. */
export const seed = Number(process.env['TESTS_SEED']);

/** Whether this is the long series. */
export const isLong = process.env['TESTS_LONG'] !== undefined;

/** The share of the cases made by chance that this run tries. vitest.config.ts sets it. */
export const scale = Number(process.env['TESTS_SCALE'] ?? 1);
