/** Invitations to create an account. */
import type { Delivery, Invitation, InvitationStore, Page, Paging } from '@keywright/core';
import { type Act, last, statement } from '../act.ts';
import { rowsOf } from '../columns.ts';
import { type Kept, reading, serializable, single } from '../kept.ts';
import { cutPage, pageLimit } from '../paging.ts';
import { deleteEnded } from '../pruning.ts';
import { insertDelivery } from './deliveries.ts';

const invitationRows = rowsOf<Invitation>('invitations', {
  id: 'plain',
  email: 'plain',
  emailKey: 'plain',
  createdAt: 'plain',
  expiresAt: 'plain',
  usedAt: 'plain',
});

export const invitations: Kept<InvitationStore> = {
  tables: { invitations: deleteEnded('invitations', 'id', 'expires_at') },
  verbs: {
    add: serializable({ addInvitation }),
    load: reading({ loadInvitation }),
    list: reading({ listInvitations }),
    revoke: single({ revokeInvitation }),
  },
  migrations: [
    {
      version: 11,
      name: 'invitations, and terms that were accepted',
      worksWith: 10,
      statements: [
        `CREATE TABLE invitations (
      id TEXT NOT NULL PRIMARY KEY,
      email TEXT NOT NULL,
      email_key TEXT NOT NULL,
      created_at BIGINT NOT NULL,
      expires_at BIGINT NOT NULL,
      used_at BIGINT
    )`,
        'CREATE INDEX invitations_by_end ON invitations (expires_at)',
        'ALTER TABLE accounts ADD COLUMN accepted TEXT',
      ],
    },
  ],
};

function* addInvitation(invitation: Invitation, mail: Delivery | undefined): Act<void> {
  if (mail !== undefined) yield insertDelivery(mail);
  yield last(statement(invitationRows.insert, ...invitationRows.valuesOf(invitation)));
}

function* loadInvitation(id: string): Act<Invitation | undefined> {
  const { rows } = yield statement(`${invitationRows.select} WHERE id = $1`, id);
  return rows[0] && invitationRows.read(rows[0]);
}

function* listInvitations(paging: Paging = {}): Act<Page<Invitation>> {
  const limit = pageLimit(paging);
  const { rows } = yield statement(
    `${invitationRows.select} WHERE id > $1 ORDER BY id LIMIT $2`,
    paging.after ?? '',
    limit + 1,
  );
  return cutPage(rows.map(invitationRows.read), limit, ({ id }) => id);
}

function* revokeInvitation(id: string): Act<boolean> {
  const { changes } = yield statement(
    'DELETE FROM invitations WHERE id = $1 AND used_at IS NULL',
    id,
  );
  return changes === 1;
}

/** False if it was used, is void, or is for another address. */
export function* spendInvitation(id: string, emailKey: string, now: number): Act<boolean> {
  const { changes } = yield statement(
    `UPDATE invitations SET used_at = $3
      WHERE id = $1 AND email_key = $2 AND used_at IS NULL AND expires_at > $3`,
    id,
    emailKey,
    now,
  );
  return changes === 1;
}

/** For an account that could not be created. */
export function* giveInvitationBack(id: string): Act<void> {
  yield statement('UPDATE invitations SET used_at = NULL WHERE id = $1', id);
}
