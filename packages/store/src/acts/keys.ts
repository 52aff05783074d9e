import type { StoredKey } from '@keywright/core';
import { type Act, type Row, statement } from '../act.ts';
import { fromJson, present, toJson } from '../columns.ts';

const columns = 'kid, algorithm, public_jwk, sealed_private_key, created_at, active_at, retired_at';

export function* listKeys(): Act<readonly StoredKey[]> {
  const { rows } = yield statement(`SELECT ${columns} FROM signing_keys ORDER BY created_at, kid`);
  return rows.map(toKey);
}

/** Asks for every algorithm before it adds any key, so that several first keys of one algorithm all go in. */
export function* addFirstKeys(keys: readonly StoredKey[]): Act<void> {
  const { rows } = yield statement('SELECT DISTINCT algorithm FROM signing_keys');
  const taken = new Set(rows.map((row) => row.algorithm));
  for (const key of keys) if (!taken.has(key.algorithm)) yield* insertKey(key);
}

export function* rotateKey(key: StoredKey, formerRetiredAt: number, former?: string): Act<boolean> {
  const retire = 'UPDATE signing_keys SET retired_at = $2 WHERE algorithm = $1 AND';
  // Those that have an end already are not given a later one.
  const all = `${retire} (retired_at IS NULL OR retired_at > $2)`;
  if (former === undefined) yield statement(all, key.algorithm, formerRetiredAt);
  else {
    const newest = `${retire} retired_at IS NULL AND kid = $3`;
    const { changes } = yield statement(newest, key.algorithm, formerRetiredAt, former);
    if (changes === 0) return false;
  }
  yield* insertKey(key);
  return true;
}

function* insertKey(key: StoredKey): Act<void> {
  yield statement(
    `INSERT INTO signing_keys (${columns}) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    key.kid,
    key.algorithm,
    toJson(key.publicJwk),
    key.sealedPrivateKey,
    key.createdAt,
    key.activeAt,
    key.retiredAt ?? null,
  );
}

function toKey(row: Row): StoredKey {
  return {
    kid: row.kid,
    algorithm: row.algorithm,
    publicJwk: fromJson(row.public_jwk),
    sealedPrivateKey: row.sealed_private_key,
    createdAt: row.created_at,
    activeAt: row.active_at,
    ...present({ retiredAt: row.retired_at }),
  } as StoredKey;
}
