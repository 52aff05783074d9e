/**
 * Token status: indexes in the published lists, and what is needed to find what has ended lately.
 * Each database index has a condition that an active row does not meet, so no code flow and no
 * rotation writes to it. `grants_living_by_client` replaces the index that is dropped.
 */
export const status = {
  version: 2,
  name: 'status',
  statements: [
    'ALTER TABLE apis ADD COLUMN token_status INTEGER NOT NULL DEFAULT 0',
    'ALTER TABLE clients ADD COLUMN disabled_at BIGINT',
    'ALTER TABLE codes ADD COLUMN session_id TEXT',
    'ALTER TABLE families ADD COLUMN session_id TEXT',
    `CREATE TABLE status_entries (
      id TEXT NOT NULL PRIMARY KEY,
      list BIGINT NOT NULL,
      idx BIGINT NOT NULL
    )`,
    'CREATE UNIQUE INDEX status_entries_by_place ON status_entries (list, idx)',
    'CREATE INDEX families_by_ending ON families (ended_at, id) WHERE ended_at IS NOT NULL',
    'CREATE INDEX clients_by_disabling ON clients (disabled_at) WHERE disabled_at IS NOT NULL',
    'CREATE INDEX grants_living_by_client ON grants (client_id, id) WHERE ended_at IS NULL',
    'DROP INDEX grants_by_client',
  ],
} as const;
