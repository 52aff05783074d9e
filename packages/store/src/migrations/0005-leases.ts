/** Leases: tasks that one node does for all. A few rows, by their names. */
export const leases = {
  version: 5,
  name: 'leases',
  statements: [
    `CREATE TABLE leases (
      name TEXT NOT NULL PRIMARY KEY,
      holder TEXT NOT NULL,
      expires_at BIGINT NOT NULL
    )`,
  ],
} as const;
