/** The audit: entries in chains, one chain for each process, and the head of each chain. */
export const audit = {
  version: 7,
  name: 'audit',
  worksWith: 6,
  statements: [
    `CREATE TABLE audit (
      chain TEXT NOT NULL,
      position BIGINT NOT NULL,
      at BIGINT NOT NULL,
      type TEXT NOT NULL,
      account TEXT,
      client_id TEXT,
      body TEXT NOT NULL,
      previous TEXT NOT NULL,
      hash TEXT NOT NULL,
      mac TEXT NOT NULL,
      PRIMARY KEY (chain, position)
    )`,
    'CREATE INDEX audit_by_time ON audit (at, chain, position)',
    'CREATE INDEX audit_by_type ON audit (type, at, chain, position)',
    'CREATE INDEX audit_by_account ON audit (account, at, chain, position) WHERE account IS NOT NULL',
    'CREATE INDEX audit_by_client ON audit (client_id, at, chain, position) WHERE client_id IS NOT NULL',
    `CREATE TABLE audit_heads (
      chain TEXT NOT NULL PRIMARY KEY,
      position BIGINT NOT NULL,
      hash TEXT NOT NULL,
      signed_at BIGINT NOT NULL,
      is_closed INTEGER NOT NULL,
      mac TEXT NOT NULL,
      linked_position BIGINT NOT NULL,
      linked_mac TEXT NOT NULL
    )`,
    'CREATE INDEX audit_heads_unlinked ON audit_heads (signed_at) WHERE linked_position < position',
    'CREATE INDEX audit_heads_by_time ON audit_heads (signed_at)',
  ],
} as const;
