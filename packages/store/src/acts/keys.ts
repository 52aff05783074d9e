import type { KeyStore, StoredKey } from '@keywright/core';
import { type Act, statement } from '../act.ts';
import { rowsOf } from '../columns.ts';
import { type Kept, oneByOne, reading, serializable } from '../kept.ts';
import { deleteEnded } from '../pruning.ts';

const rows = rowsOf<StoredKey>('signing_keys', {
  kid: 'plain',
  algorithm: 'plain',
  publicJwk: 'json',
  sealedPrivateKey: 'plain',
  createdAt: 'plain',
  activeAt: 'plain',
  retiredAt: 'plain',
});

export const keys: Kept<KeyStore> = {
  tables: { signing_keys: deleteEnded('signing_keys', 'kid', 'retired_at') },
  verbs: {
    list: reading({ listKeys }),
    addFirst: oneByOne({ addFirstKeys }),
    rotate: serializable({ rotateKey }),
  },
};

function* listKeys(): Act<readonly StoredKey[]> {
  const found = yield statement(`${rows.select} ORDER BY created_at, kid`);
  return found.rows.map(rows.read);
}

/**
 * Checks every algorithm before it adds a key, so that several first keys of one algorithm are all
 * added.
 */
function* addFirstKeys(keys: readonly StoredKey[]): Act<void> {
  const known = yield statement('SELECT DISTINCT algorithm FROM signing_keys');
  const taken = new Set(known.rows.map((row) => row.algorithm));
  for (const key of keys)
    if (!taken.has(key.algorithm)) yield statement(rows.insert, ...rows.valuesOf(key));
}

function* rotateKey(key: StoredKey, formerRetiredAt: number, former?: string): Act<boolean> {
  const retire = 'UPDATE signing_keys SET retired_at = $2 WHERE algorithm = $1 AND';
  // A key that has an end does not get a later one.
  const all = `${retire} (retired_at IS NULL OR retired_at > $2)`;
  if (former === undefined) yield statement(all, key.algorithm, formerRetiredAt);
  else {
    const newest = `${retire} retired_at IS NULL AND kid = $3`;
    const { changes } = yield statement(newest, key.algorithm, formerRetiredAt, former);
    if (changes === 0) return false;
  }
  yield statement(rows.insert, ...rows.valuesOf(key));
  return true;
}
