/**
 * The candidates of a search, page by page in the order of ids. This file does not decide whether a
 * candidate is permitted.
 */
import { anyAction, maxLinkDepth, type Search, type Sought } from '@keywright/core';
import { type Act, type Row, statement } from '../act.ts';
import { aboveAs } from './links.ts';

/** A larger number is not collected again for each page. */
const mostCovered = 5000;

const sides = {
  subject: { other: 'resource', above: 'containment', below: 'membership' },
  resource: { other: 'subject', above: 'membership', below: 'containment' },
} as const;

/**
 * Goes from the given entity upwards, over the permissions to the other side, and from there
 * downwards.
 */
function covered(sought: Sought): string {
  const { other, above, below } = sides[sought];
  return `WITH RECURSIVE ${aboveAs('given', ['$1', '$2'], [above])},
    covered (type, id, depth) AS (
      SELECT type, id, depth FROM (
        SELECT p.${sought}_type AS type, p.${sought}_id AS id, 0 AS depth FROM given g CROSS JOIN permissions p
        WHERE p.${other}_type = g.type AND p.${other}_id = g.id AND p.action IN ($3, '${anyAction}')
        LIMIT ${mostCovered + 1}
      ) AS direct
      UNION
      SELECT l.lower_type, l.lower_id, c.depth + 1 FROM covered c CROSS JOIN links l
      WHERE l.kind = '${below}' AND l.upper_type = c.type AND l.upper_id = c.id AND c.depth < ${maxLinkDepth}
    )`;
}

const bounded = `(SELECT type, id FROM covered LIMIT ${mostCovered + 1}) AS bounded`;

const statementsOf = (sought: Sought) => ({
  count: `${covered(sought)} SELECT COUNT(*) AS reached FROM ${bounded}`,
  page: `${covered(sought)} SELECT DISTINCT id FROM ${bounded} WHERE type = $4 AND id > $5 ORDER BY id LIMIT $6`,
});
const coveredOf = { subject: statementsOf('subject'), resource: statementsOf('resource') };

export function* listCovered(
  { sought, type, given, action }: Search,
  after: string,
  limit: number,
): Act<readonly string[] | undefined> {
  const { count, page } = coveredOf[sought];
  const counted = yield statement(count, given.type, given.id, action);
  if ((counted.rows[0]?.reached as number) > mostCovered) return undefined;
  const { rows } = yield statement(page, given.type, given.id, action, type, after, limit);
  return rows.map(toId);
}

interface Places {
  readonly after: string;
  readonly limit: string;
}

/** The next distinct ids: one index lookup for each id, however many rows it has. */
function distinctAs(
  name: string,
  table: string,
  fixed: string,
  column: string,
  places: Places,
): string {
  const next = (after: string) =>
    `(SELECT t.${column} FROM ${table} t WHERE ${fixed}t.${column} > ${after} ORDER BY t.${column} LIMIT 1)`;
  return `${name} (id, place) AS (
    SELECT ${next(places.after)}, 1
    UNION ALL
    SELECT ${next('d.id')}, d.place + 1 FROM ${name} d WHERE d.id IS NOT NULL AND d.place < ${places.limit}
  )`;
}

function known(sought: Sought): string {
  const { below } = sides[sought];
  const places = { after: '$2', limit: '$3' };
  const linked = (end: 'lower' | 'upper') =>
    distinctAs(
      end,
      'links',
      `t.kind = '${below}' AND t.${end}_type = $1 AND `,
      `${end}_id`,
      places,
    );
  const named = distinctAs(
    'named',
    'permissions',
    `t.${sought}_type = $1 AND `,
    `${sought}_id`,
    places,
  );
  return `WITH RECURSIVE ${named}, ${linked('lower')}, ${linked('upper')}
    SELECT id FROM (SELECT id FROM named UNION SELECT id FROM lower UNION SELECT id FROM upper) AS known
    WHERE id IS NOT NULL ORDER BY id LIMIT $3`;
}
const knownOf = { subject: known('subject'), resource: known('resource') };

export function* listKnown(
  sought: Sought,
  type: string,
  after: string,
  limit: number,
): Act<readonly string[]> {
  const { rows } = yield statement(knownOf[sought], type, after, limit);
  return rows.map(toId);
}

const actions = `WITH RECURSIVE ${distinctAs('named', 'permissions', '', 'action', { after: '$1', limit: '$2' })}
  SELECT id FROM named WHERE id IS NOT NULL ORDER BY id LIMIT $2`;

export function* listActions(after: string, limit: number): Act<readonly string[]> {
  const { rows } = yield statement(actions, after, limit);
  return rows.map(toId);
}

function toId(row: Row): string {
  return row.id as string;
}
