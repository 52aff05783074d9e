/**
 * API keys. A key is active until `ends_at`, the earlier of its expiry and its revocation. Every
 * act that changes one of the two also changes that column. The clock of the node that revokes may
 * be ahead of ours, so a revoked key is inactive at any time.
 */
import type {
  AddApiKeyOutcome,
  ApiKey,
  ApiKeyFilter,
  ApiKeyStore,
  ApiKeyUse,
  Page,
  Paging,
  RotateApiKeyOutcome,
} from '@keywright/core';
import { type Act, type Statement, statement, type Value } from '../act.ts';
import { rowsOf } from '../columns.ts';
import { type Kept, oneByOne, reading, serializable, single } from '../kept.ts';
import { cutPage, pageLimit } from '../paging.ts';
import { deleteEndedParents } from '../pruning.ts';

/**
 * Long enough to look up what an old log line was about, and to tell the sender of a late leak
 * report that the key is inactive.
 */
const keptSeconds = 90 * 86_400;

/** Its parent in the status lists: its id with core's prefix for API keys. */
export const apiKeyParent = `'key_' || api_keys.id`;

const keyRows = rowsOf<ApiKey>('api_keys', {
  id: 'plain',
  clientId: 'plain',
  environment: 'plain',
  name: 'plain',
  audience: 'plain',
  scopes: 'json',
  networks: 'json',
  digest: 'plain',
  createdAt: 'plain',
  expiresAt: 'plain',
  lastUsedAt: 'plain',
  revokedAt: 'plain',
  revokedBecause: 'plain',
  replaces: 'plain',
});

export const apiKeys: Kept<ApiKeyStore> = {
  tables: { api_keys: deleteEndedParents('api_keys', apiKeyParent, 'ends_at', keptSeconds) },
  verbs: {
    add: oneByOne({ addApiKey }),
    load: reading({ loadApiKey }),
    list: reading({ listApiKeys }),
    revoke: single({ revokeApiKey }),
    rotate: serializable({ rotateApiKey }),
    touch: serializable({ touchApiKeys }),
  },
};

const insert = `INSERT INTO api_keys (${keyRows.columns}, ends_at)
  VALUES (${keyRows.places}, ${keyRows.place('expiresAt')})`;

const countLiving = `SELECT COUNT(*) AS living FROM api_keys
  WHERE audience = $1 AND (ends_at IS NULL OR ends_at > $2)`;

const revoke = `UPDATE api_keys SET revoked_at = $2, revoked_because = $3,
    ends_at = CASE WHEN ends_at < $2 THEN ends_at ELSE $2 END
  WHERE revoked_at IS NULL AND`;

const endInTime = `UPDATE api_keys
  SET expires_at = CASE WHEN expires_at < $2 THEN expires_at ELSE $2 END,
    ends_at = CASE WHEN ends_at < $2 THEN ends_at ELSE $2 END
  WHERE id = $1 AND revoked_at IS NULL AND (ends_at IS NULL OR ends_at > $3)
    AND EXISTS (SELECT 1 FROM clients WHERE clients.id = api_keys.client_id AND status = 'active')
    AND NOT EXISTS (SELECT 1 FROM api_keys AS successor WHERE successor.replaces = $1)`;

const touch = `UPDATE api_keys SET last_used_at = $3
  WHERE id = $1 AND audience = $2 AND (last_used_at IS NULL OR last_used_at < $3)`;

export function* loadApiKey(id: string): Act<ApiKey | undefined> {
  const { rows } = yield statement(`${keyRows.select} WHERE id = $1`, id);
  return rows[0] && keyRows.read(rows[0]);
}

function* listApiKeys(filter: ApiKeyFilter = {}, paging: Paging = {}): Act<Page<ApiKey>> {
  const limit = pageLimit(paging);
  const params: Value[] = [paging.after ?? '', limit + 1];
  const conditions = ['id > $1'];
  const require = (condition: (place: string) => string, value: Value | undefined) => {
    if (value === undefined) return;
    params.push(value);
    conditions.push(condition(`$${params.length}`));
  };
  require((place) => `client_id = ${place}`, filter.clientId);
  require((place) => `audience = ${place}`, filter.audience);
  require((place) =>
    `revoked_at IS NULL AND (ends_at IS NULL OR ends_at > ${place})`, filter.aliveAt);
  const { rows } = yield statement(
    `${keyRows.select} WHERE ${conditions.join(' AND ')} ORDER BY id LIMIT $2`,
    ...params,
  );
  return cutPage(rows.map(keyRows.read), limit, (key) => key.id);
}

export function* addApiKey(key: ApiKey, most: number, now: number): Act<AddApiKeyOutcome> {
  const client = yield statement(
    `SELECT 1 FROM clients WHERE id = $1 AND status = 'active'`,
    key.clientId,
  );
  if (client.rows.length === 0) return { outcome: 'client-inactive' };
  const { rows } = yield statement(countLiving, key.audience, now);
  if ((rows[0]?.living as number) >= most) return { outcome: 'too-many' };
  yield insertApiKey(key);
  return { outcome: 'added' };
}

function* revokeApiKey(id: string, because: string, now: number): Act<boolean> {
  const { changes } = yield statement(`${revoke} id = $1`, id, now, because);
  return changes === 1;
}

export function* revokeApiKeysOfClient(clientId: string, now: number): Act<void> {
  yield statement(`${revoke} client_id = $1`, clientId, now, 'its client was disabled');
}

/**
 * The row count of the write to the former key decides. The second caller finds the successor and
 * adds none.
 */
export function* rotateApiKey(
  successor: ApiKey & { readonly replaces: string },
  formerExpiresAt: number,
  now: number,
): Act<RotateApiKeyOutcome> {
  const former = successor.replaces;
  const { changes } = yield statement(endInTime, former, formerExpiresAt, now);
  if (changes === 0) {
    const { rows } = yield statement('SELECT 1 FROM api_keys WHERE replaces = $1', former);
    return { outcome: rows.length > 0 ? 'replaced-before' : 'ended' };
  }
  yield insertApiKey(successor);
  return { outcome: 'rotated' };
}

function* touchApiKeys(audience: string, uses: readonly ApiKeyUse[], now: number): Act<void> {
  for (const { id, at } of uses) yield statement(touch, id, audience, Math.min(at, now));
}

function insertApiKey(key: ApiKey): Statement {
  return statement(insert, ...keyRows.valuesOf(key));
}
