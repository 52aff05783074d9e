/**
 * Permissions. The whole permission is the key, so setting it twice has the effect of setting it
 * once.
 */
import type { Page, Paging, Permission, PermissionFilter, PermissionStore } from '@keywright/core';
import { type Act, type Row, statement } from '../act.ts';
import { type Kept, oneByOne, reading, single } from '../kept.ts';
import { loadFacts } from './facts.ts';
import { addLink, listLinks, removeLink } from './links.ts';
import { fixEntity, listByKeyset } from './permission-list.ts';
import { listActions, listCovered, listKnown } from './searches.ts';

const stays = { keeps: 'until it is removed' };

export const permissions: Kept<PermissionStore> = {
  tables: { permissions: stays, links: stays },
  verbs: {
    set: single({ setPermission }),
    remove: single({ removePermission }),
    list: reading({ listPermissions }),
    link: oneByOne({ addLink }),
    unlink: single({ removeLink }),
    listLinks: reading({ listLinks }),
    loadFacts: reading({ loadFacts }),
    listCovered: reading({ listCovered }),
    listKnown: reading({ listKnown }),
    listActions: reading({ listActions }),
  },
};

const columns = 'subject_type, subject_id, action, resource_type, resource_id, created_at';

const insert = `INSERT INTO permissions (${columns}) VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT (subject_type, subject_id, action, resource_type, resource_id) DO NOTHING`;

const remove = `DELETE FROM permissions WHERE subject_type = $1 AND subject_id = $2 AND action = $3
  AND resource_type = $4 AND resource_id = $5`;

function* setPermission(permission: Permission): Act<boolean> {
  const { changes } = yield statement(insert, ...keyOf(permission), permission.createdAt);
  return changes === 1;
}

function* removePermission(permission: Omit<Permission, 'createdAt'>): Act<boolean> {
  const { changes } = yield statement(remove, ...keyOf(permission));
  return changes === 1;
}

/**
 * A list with a resource and no subject has the order of that index. Every other list has the order
 * of the key.
 */
function* listPermissions(filter: PermissionFilter, paging?: Paging): Act<Page<Permission>> {
  const fixed = [
    ...fixEntity('subject', filter.subject),
    ...fixEntity('resource', filter.resource),
  ];
  const byResource = ['resource_type', 'resource_id', 'action', 'subject_type', 'subject_id'];
  const bySubject = ['subject_type', 'subject_id', 'action', 'resource_type', 'resource_id'];
  const order =
    filter.subject === undefined && filter.resource !== undefined ? byResource : bySubject;
  const open = order.filter((column) => !fixed.some(([name]) => name === column));
  const select = `SELECT ${columns} FROM permissions`;
  return yield* listByKeyset({ select, fixed, order: open, toItem: toPermission }, paging);
}

function keyOf({ subject, action, resource }: Omit<Permission, 'createdAt'>) {
  return [subject.type, subject.id, action, resource.type, resource.id] as const;
}

function toPermission(row: Row): Permission {
  return {
    subject: { type: row.subject_type, id: row.subject_id },
    action: row.action,
    resource: { type: row.resource_type, id: row.resource_id },
    createdAt: row.created_at,
  } as Permission;
}
