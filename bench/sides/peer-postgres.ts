/**
 * A PostgreSQL adapter for oidc-provider, as its documentation describes an adapter and as its
 * users write one: a table of JSON documents with an end, found by id, uid, user code and grant.
 * With named prepared statements and a pool of ten connections, as Keywright has: most of those
 * that are published have neither.
 */
import { Pool } from 'pg';

interface Payload {
  readonly grantId?: string;
  readonly userCode?: string;
  readonly uid?: string;
}

const schema = `
  CREATE TABLE IF NOT EXISTS oidc_payloads (
    id TEXT NOT NULL,
    model TEXT NOT NULL,
    payload JSONB NOT NULL,
    grant_id TEXT,
    user_code TEXT,
    uid TEXT,
    expires_at TIMESTAMPTZ,
    consumed_at TIMESTAMPTZ,
    PRIMARY KEY (id, model)
  );
  CREATE INDEX IF NOT EXISTS oidc_payloads_grant ON oidc_payloads (grant_id) WHERE grant_id IS NOT NULL;
  CREATE INDEX IF NOT EXISTS oidc_payloads_uid ON oidc_payloads (uid) WHERE uid IS NOT NULL;
  CREATE INDEX IF NOT EXISTS oidc_payloads_user_code ON oidc_payloads (user_code) WHERE user_code IS NOT NULL;
`;

const texts = {
  upsert: `INSERT INTO oidc_payloads (id, model, payload, grant_id, user_code, uid, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (id, model) DO UPDATE SET payload = excluded.payload, grant_id = excluded.grant_id,
      user_code = excluded.user_code, uid = excluded.uid, expires_at = excluded.expires_at`,
  find: 'SELECT payload, expires_at, consumed_at FROM oidc_payloads WHERE id = $1 AND model = $2',
  findByUid:
    'SELECT payload, expires_at, consumed_at FROM oidc_payloads WHERE uid = $1 AND model = $2',
  findByUserCode:
    'SELECT payload, expires_at, consumed_at FROM oidc_payloads WHERE user_code = $1 AND model = $2',
  consume: 'UPDATE oidc_payloads SET consumed_at = now() WHERE id = $1 AND model = $2',
  destroy: 'DELETE FROM oidc_payloads WHERE id = $1 AND model = $2',
  revokeByGrantId: 'DELETE FROM oidc_payloads WHERE grant_id = $1',
} as const;

interface Row {
  readonly payload: object;
  readonly expires_at: Date | null;
  readonly consumed_at: Date | null;
}

/** Answers the class that oidc-provider takes, once the table is there. */
export async function createPostgresAdapter(address: string): Promise<unknown> {
  const pool = new Pool({ connectionString: address, max: 10 });
  await pool.query(schema);
  const run = (name: keyof typeof texts, values: readonly unknown[]) =>
    pool.query<Row>({ name, text: texts[name], values: [...values] });
  const find = async (
    name: 'find' | 'findByUid' | 'findByUserCode',
    key: string,
    model: string,
  ) => {
    const { rows } = await run(name, [key, model]);
    const row = rows[0];
    if (row === undefined || (row.expires_at !== null && row.expires_at.getTime() <= Date.now()))
      return undefined;
    return { ...row.payload, ...(row.consumed_at === null ? {} : { consumed: true }) };
  };
  return class {
    readonly #model: string;

    constructor(model: string) {
      this.#model = model;
    }

    async upsert(id: string, payload: Payload, expiresIn?: number): Promise<void> {
      const end = expiresIn === undefined ? null : new Date(Date.now() + expiresIn * 1000);
      const { grantId = null, userCode = null, uid = null } = payload;
      await run('upsert', [id, this.#model, JSON.stringify(payload), grantId, userCode, uid, end]);
    }

    find(id: string) {
      return find('find', id, this.#model);
    }

    findByUid(uid: string) {
      return find('findByUid', uid, this.#model);
    }

    findByUserCode(userCode: string) {
      return find('findByUserCode', userCode, this.#model);
    }

    async consume(id: string): Promise<void> {
      await run('consume', [id, this.#model]);
    }

    async destroy(id: string): Promise<void> {
      await run('destroy', [id, this.#model]);
    }

    async revokeByGrantId(grantId: string): Promise<void> {
      await run('revokeByGrantId', [grantId]);
    }
  };
}
