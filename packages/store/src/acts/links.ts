/**
 * Membership of groups, and the hierarchy of resources. No link ever closes a circle. Before a link
 * is made, a query reads everything above its upper end, along links of both kinds. The lower end
 * must not be among it. The query has a bound. A link is refused if the query reaches the bound.
 */
import {
  type Entity,
  type Link,
  type LinkFilter,
  type LinkKind,
  type LinkOutcome,
  linkKinds,
  maxAbove,
  maxLinkDepth,
  type Page,
  type Paging,
} from '@keywright/core';
import { type Act, type Row, statement } from '../act.ts';
import { fixEntity, listByKeyset } from './permission-list.ts';

const columns = 'kind, lower_type, lower_id, upper_type, upper_id, created_at';

const insert = `INSERT INTO links (${columns}) VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT (kind, lower_type, lower_id, upper_type, upper_id) DO NOTHING`;

const remove = `DELETE FROM links WHERE kind = $1 AND lower_type = $2 AND lower_id = $3
  AND upper_type = $4 AND upper_id = $5`;

/**
 * A named list of rows: an entity and everything above it, with each distance at which it is
 * reached. The parameters of the entity come first. The list goes one level deeper than the bound,
 * so that a hierarchy that is too deep is noticed. CROSS JOIN keeps the order: first the entities
 * reached, then their links.
 */
export function aboveAs(
  name: string,
  [type, id]: readonly [string, string],
  kinds: readonly LinkKind[],
): string {
  const of = kinds.map((kind) => `'${kind}'`).join(', ');
  return `${name} (type, id, depth) AS (
    SELECT CAST(${type} AS TEXT), CAST(${id} AS TEXT), 0
    UNION
    SELECT l.upper_type, l.upper_id, a.depth + 1 FROM ${name} a CROSS JOIN links l
    WHERE l.kind IN (${of}) AND l.lower_type = a.type AND l.lower_id = a.id AND a.depth <= ${maxLinkDepth}
  )`;
}

const walk = (kinds: readonly LinkKind[]) =>
  `WITH RECURSIVE ${aboveAs('above', ['$1', '$2'], kinds)} SELECT type, id, depth FROM above LIMIT ${maxAbove + 2}`;

const walkOf: Readonly<Record<LinkKind, string>> = {
  membership: walk(['membership']),
  containment: walk(['containment']),
};
const walkAny = walk(linkKinds);

export interface Above {
  /** The entity itself, then the others from near to far, each once. */
  readonly entities: readonly Entity[];
  readonly deepest: number;
  /** Counts an entity once for every distance. */
  readonly count: number;
}

/**
 * The entity and everything above it, within the bounds. `isTooMuch` says whether the bounds cut
 * something off.
 */
export function* loadAbove({ type, id }: Entity, kind?: LinkKind): Act<Above> {
  const { rows } = yield statement(kind === undefined ? walkAny : walkOf[kind], type, id);
  const found = new Map<string, Entity>();
  let deepest = 0;
  for (const row of rows) {
    const entity = { type: row.type as string, id: row.id as string };
    const key = JSON.stringify([entity.type, entity.id]);
    if (!found.has(key)) found.set(key, entity);
    deepest = Math.max(deepest, row.depth as number);
  }
  return { entities: [...found.values()], deepest, count: rows.length - 1 };
}

export function isTooMuch({ deepest, count }: Above): boolean {
  return deepest > maxLinkDepth || count > maxAbove;
}

export function* addLink(link: Link): Act<LinkOutcome> {
  const { kind, lower, upper, createdAt } = link;
  const above = yield* loadAbove(upper);
  if (above.entities.some((one) => one.type === lower.type && one.id === lower.id)) return 'circle';
  if (above.deepest >= maxLinkDepth) return 'too-deep';
  const own = yield* loadAbove(lower);
  if (above.count + 1 + own.count > maxAbove) return 'too-many';
  const { changes } = yield statement(
    insert,
    kind,
    lower.type,
    lower.id,
    upper.type,
    upper.id,
    createdAt,
  );
  return changes === 1 ? 'linked' : 'linked-before';
}

export function* removeLink({ kind, lower, upper }: Omit<Link, 'createdAt'>): Act<boolean> {
  const { changes } = yield statement(remove, kind, lower.type, lower.id, upper.type, upper.id);
  return changes === 1;
}

export function* listLinks(kind: LinkKind, filter: LinkFilter, paging?: Paging): Act<Page<Link>> {
  const fixed = [
    ['kind', kind] as const,
    ...fixEntity('lower', filter.lower),
    ...fixEntity('upper', filter.upper),
  ];
  const byUpper = ['upper_type', 'upper_id', 'lower_type', 'lower_id'];
  const byLower = ['lower_type', 'lower_id', 'upper_type', 'upper_id'];
  const order = filter.lower === undefined && filter.upper !== undefined ? byUpper : byLower;
  const open = order.filter((column) => !fixed.some(([name]) => name === column));
  // With both ends given there is one row at most, and nothing to order by.
  const select = `SELECT ${columns} FROM links`;
  return yield* listByKeyset(
    { select, fixed, order: open.length === 0 ? ['kind'] : open, toItem: toLink },
    paging,
  );
}

function toLink(row: Row): Link {
  return {
    kind: row.kind,
    lower: { type: row.lower_type, id: row.lower_id },
    upper: { type: row.upper_type, id: row.upper_id },
    createdAt: row.created_at,
  } as Link;
}
