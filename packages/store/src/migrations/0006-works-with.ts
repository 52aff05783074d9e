/**
 * With which older versions a migration can be worked on: see docs/storage.md, "Upgrades". A
 * program of before this one does not ask, and starts on no migration that it does not know: so
 * this one says nothing of itself, as those before it.
 */
export const worksWith = {
  version: 6,
  name: 'works-with',
  statements: ['ALTER TABLE migrations ADD COLUMN works_with BIGINT'],
} as const;
