/** What a sealing key leaves behind when it is replaced, each sealed with the present one: a handful of rows, by their names. */
export const seals = {
  version: 9,
  name: 'seals',
  worksWith: 8,
  statements: [
    `CREATE TABLE seals (
      name TEXT NOT NULL PRIMARY KEY,
      value TEXT NOT NULL,
      created_at BIGINT NOT NULL
    )`,
  ],
} as const;
