/**
 * Opaque access tokens, by their digests. Whether the parent of a token is still active is read
 * from the row of the parent, as for a JWT.
 */
import type { AccessTokenStore, KeptAccessToken } from '@keywright/core';
import { type Act, last, statement } from '../act.ts';
import { rowsOf } from '../columns.ts';
import { type Kept, readingPresented, single } from '../kept.ts';
import { deleteEnded } from '../pruning.ts';

const tokens = rowsOf<KeptAccessToken>('access_tokens', {
  digest: 'plain',
  clientId: 'plain',
  claims: ['body', 'json'],
  expiresAt: 'plain',
});

export const accessTokens: Kept<AccessTokenStore> = {
  tables: { access_tokens: deleteEnded('access_tokens', 'digest', 'expires_at') },
  verbs: {
    keep: single({ keepAccessToken }),
    load: readingPresented({ loadAccessToken }),
    revoke: single({ revokeAccessToken }),
  },
};

function* keepAccessToken(token: KeptAccessToken): Act<void> {
  yield last(statement(tokens.insert, ...tokens.valuesOf(token)));
}

function* loadAccessToken(digest: string): Act<KeptAccessToken | undefined> {
  const { rows } = yield statement(`${tokens.select} WHERE digest = $1`, digest);
  return rows[0] && tokens.read(rows[0]);
}

function* revokeAccessToken(digest: string, clientId: string): Act<boolean> {
  const { changes } = yield statement(
    'DELETE FROM access_tokens WHERE digest = $1 AND client_id = $2',
    digest,
    clientId,
  );
  return changes === 1;
}
