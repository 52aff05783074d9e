/**
 * Two series of tests: `npm test`, whose seed is fixed, and `npm run test:long`, which prints the
 * seed that repeats it, runs more cases, and alone measures time.
 */

/** Of every choice that a test makes by chance. vitest.config.ts sets it. */
export const seed = Number(process.env['TESTS_SEED']);

/** Whether this is the long series. */
export const isLong = process.env['TESTS_LONG'] !== undefined;
