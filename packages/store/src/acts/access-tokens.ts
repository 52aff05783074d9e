/** Opaque access tokens by their digests. Whether what one hangs on still stands is read off that, as for a JWT. */
import type { KeptAccessToken } from '@keywright/core';
import { type Act, last, type Row, statement } from '../act.ts';
import { fromJson, toJson } from '../columns.ts';

export function* keepAccessToken(token: KeptAccessToken): Act<void> {
  yield last(
    statement(
      'INSERT INTO access_tokens (digest, client_id, body, expires_at) VALUES ($1, $2, $3, $4)',
      token.digest,
      token.clientId,
      toJson(token.claims),
      token.expiresAt,
    ),
  );
}

export function* loadAccessToken(digest: string): Act<KeptAccessToken | undefined> {
  const { rows } = yield statement(
    'SELECT digest, client_id, body, expires_at FROM access_tokens WHERE digest = $1',
    digest,
  );
  return rows[0] && toAccessToken(rows[0]);
}

export function* revokeAccessToken(digest: string, clientId: string): Act<boolean> {
  const { changes } = yield statement(
    'DELETE FROM access_tokens WHERE digest = $1 AND client_id = $2',
    digest,
    clientId,
  );
  return changes === 1;
}

function toAccessToken(row: Row): KeptAccessToken {
  return {
    digest: row.digest,
    clientId: row.client_id,
    claims: fromJson(row.body),
    expiresAt: row.expires_at,
  } as KeptAccessToken;
}
