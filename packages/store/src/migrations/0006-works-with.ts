/**
 * The older versions that can work with a migration: see docs/storage.md, "Upgrades". Programs
 * before this version do not read the column, and start on no migration that they do not know. So
 * this migration has no value for itself, like those before it.
 */
export const worksWith = {
  version: 6,
  name: 'works-with',
  statements: ['ALTER TABLE migrations ADD COLUMN works_with BIGINT'],
} as const;
