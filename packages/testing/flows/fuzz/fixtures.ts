/**
 * Inputs that once failed: the entry point, and the smallest changes with which it failed. A failed
 * run prints them (TESTS_SEED).
 */
export interface Fixture {
  readonly door: string;
  readonly why: string;
  readonly changes: unknown;
}

export const fixtures: readonly Fixture[] = [
  {
    door: 'a distinguished name',
    why: 'a pattern that looked for the last of many backslashes began anew at each of them: four seconds',
    changes: [['put', 60, { of: '\\', times: 100_000 }]],
  },
  {
    door: 'a redirect URI by itself',
    why: 'URL.canParse said yes to a host of 1.3 million characters, and new URL threw',
    changes: [['swap', 739, { of: 'A.', times: 662_131 }]],
  },
];
