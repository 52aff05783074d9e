/**
 * Audit entries. Each chain belongs to one process, and only this process appends to it. So no
 * process waits for another. Appending an entry that is already there changes nothing, so a batch
 * whose answer was lost is sent once more.
 */
import type {
  AuditEntry,
  AuditFilter,
  AuditHead,
  AuditStore,
  MarkedAuditHead,
  Page,
  Paging,
} from '@keywright/core';
import { type Act, last, type Statement, statement, type Value } from '../act.ts';
import { rowsOf } from '../columns.ts';
import { composed, type Kept, locking, oneByOne, reading, single } from '../kept.ts';
import { cutPage, pageLimit } from '../paging.ts';

const largestAppend = 64;

const entryRows = rowsOf<AuditEntry>('audit', {
  chain: 'plain',
  position: 'plain',
  at: 'plain',
  type: 'plain',
  account: 'plain',
  clientId: 'plain',
  body: 'plain',
  previous: 'plain',
  hash: 'plain',
  mac: 'plain',
});

const headRows = rowsOf<MarkedAuditHead>('audit_heads', {
  chain: 'plain',
  position: 'plain',
  hash: 'plain',
  signedAt: 'plain',
  isClosed: 'flag',
  mac: 'plain',
  markedPosition: ['linked_position', 'plain'],
  markMac: ['linked_mac', 'plain'],
});

const byRetention = { keeps: 'as long as the operator says: `prune` of this file' };

export const audit: Kept<AuditStore> = {
  tables: { audit: byRetention, audit_heads: byRetention },
  verbs: {
    append: locking({ appendAudit }),
    list: reading({ listAudit }),
    listChain: reading({ listAuditChain }),
    nextChain: reading({ nextAuditChain }),
    listHeads: reading({ listAuditHeads }),
    loadHead: reading({ loadAuditHead }),
    listUnlinked: reading({ listUnlinkedAuditHeads }),
    markLinked: single({ markAuditLinked }),
    hasPrunable: composed(
      { find: reading({ hasPrunableAudit }) },
      ({ find }, { assertMayDelete }) => {
        return async (until) => {
          const has = await find(until);
          // Check this before an entry says what was deleted. A later check would allow all of that
          // to be missing.
          if (has) await assertMayDelete();
          return has;
        };
      },
    ),
    prune: oneByOne({ pruneAudit }),
  },
};

const headColumns = 'chain, position, hash, signed_at, is_closed, mac';

/**
 * A few sizes, each with one statement to prepare. A batch is filled up with copies of its last
 * entry, which is added once.
 */
const sizes = [1, 4, 16, largestAppend];

const inserts = new Map(sizes.map((size) => [size, insertOf(size)]));

function insertOf(size: number): string {
  const rows = Array.from({ length: size }, (_, row) => {
    const { names } = entryRows;
    const places = names.map((__, column) => `$${row * names.length + column + 1}`);
    return `(${places.join(', ')})`;
  });
  return `INSERT INTO audit (${entryRows.columns}) VALUES ${rows.join(', ')} ON CONFLICT (chain, position) DO NOTHING`;
}

const moveHead = `${headRows.insert}
  ON CONFLICT (chain) DO UPDATE SET position = excluded.position, hash = excluded.hash, signed_at = excluded.signed_at,
    is_closed = excluded.is_closed, mac = excluded.mac
  WHERE audit_heads.position <= excluded.position AND audit_heads.is_closed <= excluded.is_closed`;

const mark = 'UPDATE audit_heads SET linked_position = $2, linked_mac = $3 WHERE chain = $1';

/** Old entries, except the last one of each chain. */
const prunable = `SELECT chain, position FROM audit AS old WHERE at < $1 AND EXISTS (SELECT 1 FROM audit AS next
    WHERE next.chain = old.chain AND next.position = old.position + 1 AND next.at < $1)
  ORDER BY at, chain, position LIMIT $2`;

/** Chains that have had no new entry since. Their last entry is deleted too. */
const silentChains =
  'SELECT chain FROM audit_heads WHERE signed_at < $1 ORDER BY signed_at, chain LIMIT $2';

function* appendAudit(entries: readonly AuditEntry[], head: AuditHead): Act<boolean> {
  if (entries.length > 0) yield insert(entries);
  const unmarked = headRows.valuesOf({ ...head, markedPosition: 0, markMac: '' });
  const moved = yield last(statement(moveHead, ...unmarked));
  return moved.changes > 0;
}

function insert(entries: readonly AuditEntry[]): Statement {
  const size = sizes.find((one) => one >= entries.length);
  if (size === undefined)
    throw new Error(`at most ${largestAppend} audit entries are appended at once`);
  const filled = Array.from(
    { length: size },
    (_, place) => entries[place] ?? (entries.at(-1) as AuditEntry),
  );
  return statement(inserts.get(size) as string, ...filled.flatMap(entryRows.valuesOf));
}

function* listAudit(filter: AuditFilter = {}, paging: Paging = {}): Act<Page<AuditEntry>> {
  const limit = pageLimit(paging);
  const params: Value[] = [];
  const place = (value: Value) => `$${params.push(value)}`;
  const { type, accounts, clientId, since = 0, until } = filter;
  const conditions = [`at >= ${place(since)}`];
  if (type !== undefined) conditions.push(`type = ${place(type)}`);
  if (accounts !== undefined)
    conditions.push(`account IN (${accounts.map((one) => place(one)).join(', ')})`);
  if (clientId !== undefined) conditions.push(`client_id = ${place(clientId)}`);
  if (until !== undefined) conditions.push(`at < ${place(until)}`);
  const after = parseCursor(paging.after);
  if (after !== undefined)
    conditions.push(`(at, chain, position) < (${after.map((part) => place(part)).join(', ')})`);
  const { rows } = yield statement(
    `${entryRows.select} WHERE ${conditions.join(' AND ')}
     ORDER BY at DESC, chain DESC, position DESC LIMIT ${place(limit + 1)}`,
    ...params,
  );
  return cutPage(rows.map(entryRows.read), limit, ({ at, chain, position }) =>
    JSON.stringify([at, chain, position]),
  );
}

/** A text that is no cursor of this list starts the list from the beginning. */
function parseCursor(after: string | undefined): readonly Value[] | undefined {
  const [, at, chain, position] =
    /^\[(\d{1,15}),"([\w-]{1,64})",(\d{1,15})\]$/.exec(after ?? '') ?? [];
  return chain === undefined ? undefined : [Number(at), chain, Number(position)];
}

function* listAuditChain(chain: string, after: number, limit: number): Act<readonly AuditEntry[]> {
  const { rows } = yield statement(
    `${entryRows.select} WHERE chain = $1 AND position > $2 ORDER BY position LIMIT $3`,
    chain,
    after,
    limit,
  );
  return rows.map(entryRows.read);
}

function* nextAuditChain(after: string): Act<string | undefined> {
  const { rows } = yield statement(
    'SELECT chain FROM audit WHERE chain > $1 ORDER BY chain LIMIT 1',
    after,
  );
  return rows[0]?.chain as string | undefined;
}

function* listAuditHeads(paging: Paging = {}): Act<Page<AuditHead>> {
  const limit = pageLimit(paging);
  const { rows } = yield statement(
    `SELECT ${headColumns} FROM audit_heads WHERE chain > $1 ORDER BY chain LIMIT $2`,
    paging.after ?? '',
    limit + 1,
  );
  return cutPage(rows.map(headRows.read), limit, ({ chain }) => chain);
}

function* loadAuditHead(chain: string): Act<AuditHead | undefined> {
  const { rows } = yield statement(
    `SELECT ${headColumns} FROM audit_heads WHERE chain = $1`,
    chain,
  );
  return rows[0] && headRows.read(rows[0]);
}

function* listUnlinkedAuditHeads(limit: number): Act<readonly MarkedAuditHead[]> {
  const unmarked = yield statement(
    `${headRows.select} WHERE linked_position < position AND signed_at >= 0
     ORDER BY signed_at LIMIT $1`,
    limit,
  );
  const newest = yield statement(
    `${headRows.select} WHERE signed_at >= 0 ORDER BY signed_at DESC LIMIT $1`,
    limit,
  );
  return [...unmarked.rows, ...newest.rows].map(headRows.read);
}

function* markAuditLinked(chain: string, position: number, mac: string): Act<void> {
  yield statement(mark, chain, position, mac);
}

function* hasPrunableAudit(until: number): Act<boolean> {
  const entries = yield statement(prunable, until, 1);
  if (entries.rows.length > 0) return true;
  const chains = yield statement(silentChains, until, 1);
  return chains.rows.length > 0;
}

function* pruneAudit(until: number, limit: number): Act<number> {
  const { changes } = yield statement(
    `DELETE FROM audit WHERE (chain, position) IN (${prunable})`,
    until,
    limit,
  );
  if (changes === limit) return changes;
  const { changes: ends } = yield statement(
    `DELETE FROM audit WHERE chain IN (${silentChains})`,
    until,
    limit,
  );
  const { changes: heads } = yield statement(
    `DELETE FROM audit_heads WHERE chain IN (${silentChains})`,
    until,
    limit,
  );
  return changes + Math.max(ends, heads);
}
