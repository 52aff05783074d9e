/**
 * The tables of the first version. docs/storage.md says what each is for, and when its rows are
 * deleted. Not WITHOUT ROWID: with random keys, whole rows would be inserted at random places, and
 * a code flow would cost the writer twice as much.
 */
export const first = {
  version: 1,
  name: 'first',
  statements: [
    `CREATE TABLE clients (
      id TEXT NOT NULL PRIMARY KEY,
      kind TEXT NOT NULL,
      trust TEXT NOT NULL,
      name TEXT NOT NULL,
      publisher TEXT,
      homepage TEXT,
      redirect_uris TEXT NOT NULL,
      grant_types TEXT NOT NULL,
      scopes TEXT NOT NULL,
      optional_scopes TEXT NOT NULL,
      authentication_methods TEXT NOT NULL,
      secrets TEXT NOT NULL,
      id_token_algorithm TEXT NOT NULL,
      status TEXT NOT NULL,
      origin TEXT NOT NULL,
      created_at BIGINT NOT NULL
    )`,
    `CREATE TABLE apis (
      identifier TEXT NOT NULL PRIMARY KEY,
      name TEXT NOT NULL,
      scopes TEXT NOT NULL,
      introspectors TEXT NOT NULL,
      origin TEXT NOT NULL
    )`,
    `CREATE TABLE accounts (
      id TEXT NOT NULL PRIMARY KEY,
      email TEXT NOT NULL,
      email_key TEXT NOT NULL UNIQUE,
      email_verified INTEGER NOT NULL,
      name TEXT NOT NULL,
      password_hash TEXT NOT NULL,
      status TEXT NOT NULL,
      created_at BIGINT NOT NULL
    )`,
    `CREATE TABLE sessions (
      digest TEXT NOT NULL PRIMARY KEY,
      id TEXT NOT NULL,
      account_id TEXT NOT NULL,
      authenticated_at BIGINT NOT NULL,
      last_seen_at BIGINT NOT NULL,
      expires_at BIGINT NOT NULL
    )`,
    'CREATE INDEX sessions_by_account ON sessions (account_id)',
    'CREATE INDEX sessions_by_end ON sessions (expires_at)',
    `CREATE TABLE grants (
      id TEXT NOT NULL PRIMARY KEY,
      account_id TEXT NOT NULL,
      client_id TEXT NOT NULL,
      scopes TEXT NOT NULL,
      declined_scopes TEXT NOT NULL,
      audiences TEXT NOT NULL,
      created_at BIGINT NOT NULL,
      last_used_at BIGINT NOT NULL,
      ended_at BIGINT
    )`,
    'CREATE UNIQUE INDEX grants_living ON grants (account_id, client_id) WHERE ended_at IS NULL',
    'CREATE INDEX grants_by_client ON grants (client_id)',
    'CREATE INDEX grants_by_end ON grants (ended_at) WHERE ended_at IS NOT NULL',
    `CREATE TABLE codes (
      digest TEXT NOT NULL PRIMARY KEY,
      grant_id TEXT NOT NULL,
      family_id TEXT NOT NULL,
      account_id TEXT NOT NULL,
      client_id TEXT NOT NULL,
      redirect_uri TEXT NOT NULL,
      redirect_uri_sent INTEGER NOT NULL,
      code_challenge TEXT NOT NULL,
      scopes TEXT NOT NULL,
      audiences TEXT NOT NULL,
      nonce TEXT,
      authenticated_at BIGINT NOT NULL,
      expires_at BIGINT NOT NULL,
      redeemed_at BIGINT
    )`,
    'CREATE INDEX codes_by_end ON codes (expires_at)',
    'CREATE TABLE claims (id TEXT NOT NULL PRIMARY KEY, expires_at BIGINT NOT NULL)',
    'CREATE INDEX claims_by_end ON claims (expires_at)',
    `CREATE TABLE families (
      id TEXT NOT NULL PRIMARY KEY,
      grant_id TEXT NOT NULL,
      account_id TEXT NOT NULL,
      client_id TEXT NOT NULL,
      scopes TEXT NOT NULL,
      audiences TEXT NOT NULL,
      authenticated_at BIGINT NOT NULL,
      current_digest TEXT,
      previous_digest TEXT,
      sealed_successor TEXT,
      rotated_at BIGINT,
      created_at BIGINT NOT NULL,
      expires_at BIGINT NOT NULL,
      absolute_expires_at BIGINT NOT NULL,
      ended_at BIGINT,
      check_at BIGINT NOT NULL
    )`,
    // Families of an account or a client are found by its grants. Families are created and deleted
    // often, and each index costs each time.
    'CREATE INDEX families_by_grant ON families (grant_id)',
    // Not on expires_at: a rotation changes it, and would then write an index page as well. See
    // acts/families.ts.
    'CREATE INDEX families_by_check ON families (check_at)',
    `CREATE TABLE signing_keys (
      kid TEXT NOT NULL PRIMARY KEY,
      algorithm TEXT NOT NULL,
      public_jwk TEXT NOT NULL,
      sealed_private_key TEXT NOT NULL,
      created_at BIGINT NOT NULL,
      active_at BIGINT NOT NULL,
      retired_at BIGINT
    )`,
    'CREATE TABLE throttles (bucket TEXT NOT NULL PRIMARY KEY, full_at_ms BIGINT NOT NULL)',
    'CREATE INDEX throttles_by_end ON throttles (full_at_ms)',
  ],
} as const;
