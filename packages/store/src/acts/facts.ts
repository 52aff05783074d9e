/**
 * The facts for a decision: two recursive queries upwards, and one statement for the nearest
 * permission between the two.
 */
import { anyAction, type Entity, type FactsOutcome, maxPairs } from '@keywright/core';
import { type Act, type Row, statement } from '../act.ts';
import { aboveAs, isTooMuch, loadAbove } from './links.ts';

const subjects = aboveAs('subjects', ['$1', '$2'], ['membership']);
const resources = aboveAs('resources', ['$3', '$4'], ['containment']);

// CROSS JOIN keeps the order, and the actions are a list like the other two. So each triple is one
// lookup of a whole key, however many other permissions its members have.
const nearest = `WITH RECURSIVE ${subjects}, ${resources},
    actions (name) AS (SELECT CAST($5 AS TEXT) UNION SELECT '${anyAction}')
  SELECT p.subject_type, p.subject_id, p.action, p.resource_type, p.resource_id
  FROM subjects s CROSS JOIN resources r CROSS JOIN actions c CROSS JOIN permissions p
  WHERE p.subject_type = s.type AND p.subject_id = s.id AND p.action = c.name
    AND p.resource_type = r.type AND p.resource_id = r.id
  ORDER BY s.depth + r.depth, s.depth, p.action DESC LIMIT 1`;

export function* loadFacts(subject: Entity, action: string, resource: Entity): Act<FactsOutcome> {
  const aboveSubject = yield* loadAbove(subject, 'membership');
  if (isTooMuch(aboveSubject)) return { outcome: 'too-much', above: 'subject' };
  const aboveResource = yield* loadAbove(resource, 'containment');
  if (isTooMuch(aboveResource)) return { outcome: 'too-much', above: 'resource' };
  if ((aboveSubject.count + 1) * (aboveResource.count + 1) > maxPairs)
    return { outcome: 'too-much', above: 'both' };
  const { rows } = yield statement(
    nearest,
    subject.type,
    subject.id,
    resource.type,
    resource.id,
    action,
  );
  return {
    outcome: 'known',
    groups: aboveSubject.entities.slice(1),
    ancestors: aboveResource.entities.slice(1),
    ...(rows[0] === undefined ? {} : { permission: toPermission(rows[0]) }),
  };
}

function toPermission(row: Row) {
  return {
    subject: { type: row.subject_type as string, id: row.subject_id as string },
    action: row.action as string,
    resource: { type: row.resource_type as string, id: row.resource_id as string },
  };
}
