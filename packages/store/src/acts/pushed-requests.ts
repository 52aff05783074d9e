/**
 * Pushed authorization requests (RFC 9126), by the digests of their references. Their content is
 * sealed, and the store cannot read it.
 */
import type { PushedRequest, PushedRequestStore } from '@keywright/core';
import { type Act, last, statement } from '../act.ts';
import { rowsOf } from '../columns.ts';
import { type Kept, reading, single } from '../kept.ts';
import { deleteEnded } from '../pruning.ts';

/**
 * Rows are large, and anybody can create them. A client that loses one too early pushes it again.
 * No replay is possible.
 */
const marginSeconds = 600;

const requests = rowsOf<PushedRequest>('pushed_requests', {
  digest: 'plain',
  clientId: 'plain',
  body: 'plain',
  expiresAt: 'plain',
});

export const pushedRequests: Kept<PushedRequestStore> = {
  tables: {
    pushed_requests: deleteEnded('pushed_requests', 'digest', 'expires_at', marginSeconds),
  },
  verbs: {
    add: single({ addPushedRequest }),
    load: reading({ loadPushedRequest }),
  },
};

function* addPushedRequest(request: PushedRequest): Act<void> {
  yield last(statement(requests.insert, ...requests.valuesOf(request)));
}

function* loadPushedRequest(digest: string, now: number): Act<PushedRequest | undefined> {
  const { rows } = yield statement(
    `${requests.select} WHERE digest = $1 AND expires_at > $2`,
    digest,
    now,
  );
  return rows[0] && requests.read(rows[0]);
}
