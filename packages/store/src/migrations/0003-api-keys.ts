/**
 * API keys. `ends_at` is the earlier of expiry and revocation, so one column says whether a key is
 * active.
 */
export const apiKeys = {
  version: 3,
  name: 'api-keys',
  statements: [
    `CREATE TABLE api_keys (
      id TEXT NOT NULL PRIMARY KEY,
      client_id TEXT NOT NULL,
      environment TEXT NOT NULL,
      name TEXT NOT NULL,
      audience TEXT NOT NULL,
      scopes TEXT NOT NULL,
      networks TEXT NOT NULL,
      digest TEXT NOT NULL,
      created_at BIGINT NOT NULL,
      expires_at BIGINT,
      last_used_at BIGINT,
      revoked_at BIGINT,
      revoked_because TEXT,
      replaces TEXT,
      ends_at BIGINT
    )`,
    'CREATE INDEX api_keys_by_client ON api_keys (client_id, id)',
    'CREATE INDEX api_keys_by_audience ON api_keys (audience, id)',
    'CREATE INDEX api_keys_by_end ON api_keys (ends_at) WHERE ends_at IS NOT NULL',
    // A key has one successor, also if several rotations run at once.
    'CREATE UNIQUE INDEX api_keys_replacing ON api_keys (replaces) WHERE replaces IS NOT NULL',
  ],
} as const;
