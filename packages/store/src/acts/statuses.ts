/**
 * Indexes in the published status lists: one for each parent of tokens with a status (family,
 * grant, client or API key).
 *
 * Whether a parent has ended is not stored twice. It is read from the row of the parent. So no act
 * that ends a parent can forget it, and no such act has more to do.
 */
import {
  type StatusEntry,
  statusListCapacity,
  type StatusLists,
  type StatusStore,
} from '@keywright/core';
import { type Act, type Row, statement } from '../act.ts';
import { type Kept, oneByOne, reading } from '../kept.ts';
import { apiKeyParent } from './api-keys.ts';

export const statuses: Kept<StatusStore> = {
  tables: { status_entries: { keeps: 'as long as what each is of, and goes with that' } },
  verbs: {
    assign: oneByOne({ assignStatus: (id: string) => assignStatus(id, statusListCapacity) }),
    lists: reading({ boundStatusLists }),
    ended: reading({ listEndedStatuses }),
  },
};

const newestList = 'SELECT MAX(list) AS list FROM status_entries';

/**
 * The first table of a CROSS JOIN holds what has ended lately, which is little. SQLite keeps to
 * that order.
 */
const endedFamilies = `SELECT e.idx FROM families CROSS JOIN status_entries e
  WHERE families.ended_at >= $2 AND e.id = families.id AND e.list = $1`;

const endedGrants = `SELECT e.idx FROM grants CROSS JOIN status_entries e
  WHERE grants.ended_at >= $2 AND e.id = grants.id AND e.list = $1`;

const endedApiKeys = `SELECT e.idx FROM api_keys CROSS JOIN status_entries e
  WHERE api_keys.ends_at >= $2 AND api_keys.ends_at <= $3 AND e.id = ${apiKeyParent} AND e.list = $1`;

/**
 * A client that was enabled again has another index. Its former tokens belong to a family that has
 * ended (`acts/clients.ts`).
 */
const disabledClients = `SELECT e.idx FROM clients CROSS JOIN status_entries e
  WHERE clients.disabled_at >= $2 AND clients.status = 'disabled' AND e.id = clients.id AND e.list = $1`;

/**
 * The grants of a disabled client end in batches. Those that are not ended yet count as ended here.
 */
const grantsOfDisabledClients = `SELECT e.idx FROM clients CROSS JOIN grants CROSS JOIN status_entries e
  WHERE clients.disabled_at >= $2 AND clients.status = 'disabled' AND grants.client_id = clients.id AND grants.ended_at IS NULL
    AND e.id = grants.id AND e.list = $1`;

const familiesOfDisabledClients = `SELECT e.idx
  FROM clients CROSS JOIN grants CROSS JOIN families CROSS JOIN status_entries e
  WHERE clients.disabled_at >= $2 AND clients.status = 'disabled' AND grants.client_id = clients.id AND grants.ended_at IS NULL
    AND families.grant_id = grants.id AND e.id = families.id AND e.list = $1`;

/**
 * One statement, so that it sees one state of the store. Between two statements, a batch could move
 * something from one part to the other.
 */
const ended = [
  endedFamilies,
  endedGrants,
  endedApiKeys,
  disabledClients,
  grantsOfDisabledClients,
  familiesOfDisabledClients,
].join('\nUNION ALL ');

/**
 * Acts run one after the other, so no other act takes the newest index. A unique index refuses two
 * parents with one index.
 */
export function* assignStatus(id: string, capacity: number): Act<StatusEntry> {
  const known = yield statement('SELECT list, idx FROM status_entries WHERE id = $1', id);
  if (known.rows[0] !== undefined) return toEntry(known.rows[0]);
  const entry = yield* findFreeIndex(capacity);
  yield statement(
    'INSERT INTO status_entries (id, list, idx) VALUES ($1, $2, $3)',
    id,
    entry.list,
    entry.index,
  );
  return entry;
}

/**
 * Lists are numbered without a gap. A list in the middle may be empty by now, but it is still a
 * list.
 */
export function* boundStatusLists(): Act<StatusLists | undefined> {
  const oldest = yield statement('SELECT MIN(list) AS list FROM status_entries');
  const newest = yield statement(newestList);
  const [first, last] = [oldest.rows[0]?.list, newest.rows[0]?.list];
  return typeof first === 'number' && typeof last === 'number' ? { first, last } : undefined;
}

export function* listEndedStatuses(
  list: number,
  since: number,
  now: number,
): Act<readonly number[]> {
  const { rows } = yield statement(ended, list, since, now);
  return rows.map((row) => row.idx as number);
}

/** The index after the newest one: in the same list, or at the beginning of the next list. */
function* findFreeIndex(capacity: number): Act<StatusEntry> {
  const newest = yield statement(newestList);
  const list = newest.rows[0]?.list;
  if (typeof list !== 'number') return { list: 1, index: 0 };
  const { rows } = yield statement(
    'SELECT MAX(idx) AS idx FROM status_entries WHERE list = $1',
    list,
  );
  const index = (rows[0]?.idx as number) + 1;
  return index < capacity ? { list, index } : { list: list + 1, index: 0 };
}

function toEntry(row: Row): StatusEntry {
  return { list: row.list, index: row.idx } as StatusEntry;
}
