/** Pushed authorization requests (RFC 9126) by the digests of their references. What was pushed is sealed: it means nothing here. */
import type { PushedRequest } from '@keywright/core';
import { type Act, last, statement } from '../act.ts';

const columns = 'digest, client_id, body, expires_at';

export function* addPushedRequest({ digest, clientId, body, expiresAt }: PushedRequest): Act<void> {
  const insert = `INSERT INTO pushed_requests (${columns}) VALUES ($1, $2, $3, $4)`;
  yield last(statement(insert, digest, clientId, body, expiresAt));
}

export function* loadPushedRequest(digest: string, now: number): Act<PushedRequest | undefined> {
  const select = `SELECT ${columns} FROM pushed_requests WHERE digest = $1 AND expires_at > $2`;
  const [row] = (yield statement(select, digest, now)).rows;
  return (
    row &&
    ({
      digest: row.digest,
      clientId: row.client_id,
      body: row.body,
      expiresAt: row.expires_at,
    } as PushedRequest)
  );
}
