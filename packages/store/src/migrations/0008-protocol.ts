/**
 * Data of the extensions of the protocol. Data that few rows have is JSON in one column
 * (`settings`, `terms`, `claims`), and NULL otherwise. So rows without extensions cost nothing
 * more.
 */
export const protocol = {
  version: 8,
  name: 'protocol',
  worksWith: 7,
  statements: [
    'ALTER TABLE clients ADD COLUMN settings TEXT',
    // For a dynamic client: when to check whether it is in use.
    'ALTER TABLE clients ADD COLUMN prune_at BIGINT',
    'CREATE INDEX clients_by_pruning ON clients (prune_at) WHERE prune_at IS NOT NULL',
    'ALTER TABLE apis ADD COLUMN settings TEXT',
    'ALTER TABLE accounts ADD COLUMN claims TEXT',
    'ALTER TABLE sessions ADD COLUMN terms TEXT',
    'ALTER TABLE grants ADD COLUMN terms TEXT',
    'ALTER TABLE codes ADD COLUMN terms TEXT',
    'ALTER TABLE families ADD COLUMN terms TEXT',
    // Beside the secrets and not among them: a use must not make a renewal of a secret fail.
    `CREATE TABLE client_secret_uses (
      secret_id TEXT NOT NULL PRIMARY KEY,
      client_id TEXT NOT NULL,
      last_used_at BIGINT NOT NULL
    )`,
    'CREATE INDEX client_secret_uses_by_client ON client_secret_uses (client_id)',
    'CREATE INDEX client_secret_uses_by_time ON client_secret_uses (last_used_at)',
    `CREATE TABLE pushed_requests (
      digest TEXT NOT NULL PRIMARY KEY,
      client_id TEXT NOT NULL,
      body TEXT NOT NULL,
      expires_at BIGINT NOT NULL
    )`,
    'CREATE INDEX pushed_requests_by_end ON pushed_requests (expires_at)',
    `CREATE TABLE deferred_requests (
      digest TEXT NOT NULL PRIMARY KEY,
      kind TEXT NOT NULL,
      user_code TEXT,
      client_id TEXT NOT NULL,
      account_id TEXT,
      status TEXT NOT NULL,
      body TEXT NOT NULL,
      answer TEXT,
      interval_seconds BIGINT NOT NULL,
      polled_at BIGINT,
      created_at BIGINT NOT NULL,
      expires_at BIGINT NOT NULL
    )`,
    'CREATE UNIQUE INDEX deferred_requests_by_user_code ON deferred_requests (user_code) WHERE user_code IS NOT NULL',
    'CREATE INDEX deferred_requests_by_account ON deferred_requests (account_id) WHERE account_id IS NOT NULL',
    'CREATE INDEX deferred_requests_by_end ON deferred_requests (expires_at)',
    `CREATE TABLE access_tokens (
      digest TEXT NOT NULL PRIMARY KEY,
      client_id TEXT NOT NULL,
      body TEXT NOT NULL,
      expires_at BIGINT NOT NULL
    )`,
    'CREATE INDEX access_tokens_by_end ON access_tokens (expires_at)',
    `CREATE TABLE logout_targets (
      session_id TEXT NOT NULL,
      client_id TEXT NOT NULL,
      sid TEXT NOT NULL,
      account_id TEXT NOT NULL,
      subject TEXT NOT NULL,
      expires_at BIGINT NOT NULL,
      ended_at BIGINT,
      PRIMARY KEY (session_id, client_id, sid)
    )`,
    'CREATE INDEX logout_targets_by_account ON logout_targets (account_id)',
    'CREATE INDEX logout_targets_by_end ON logout_targets (expires_at)',
    'CREATE INDEX logout_targets_by_ending ON logout_targets (ended_at, session_id) WHERE ended_at IS NOT NULL',
    `CREATE TABLE deliveries (
      id TEXT NOT NULL PRIMARY KEY,
      kind TEXT NOT NULL,
      client_id TEXT NOT NULL,
      url TEXT NOT NULL,
      body TEXT NOT NULL,
      attempts BIGINT NOT NULL,
      next_at BIGINT NOT NULL,
      expires_at BIGINT NOT NULL
    )`,
    'CREATE INDEX deliveries_by_time ON deliveries (next_at)',
    'CREATE INDEX deliveries_by_end ON deliveries (expires_at)',
  ],
} as const;
