/**
 * Deletes ended rows, a few at a time, so that no table grows without an end and no commit waits
 * long.
 *
 * Codes, families and grants stay for a day after their end: a stolen code that is presented late
 * must still be recognized as spent. Nothing is deleted at the moment of its end: the clock of the
 * node that prunes may be ahead of the clocks of other nodes.
 */
import { statement } from './act.ts';
import type { Pruning } from './kept.ts';

export const keptDeadSeconds = 86_400;
/**
 * For rows that are not needed after their end. An accepted clock can never be ahead by more than
 * this.
 */
export const marginSeconds = 2 * 3600;

/**
 * Deletes rows whose `end` was so many seconds ago. `unit`: how many of the column are a second.
 */
export function deleteEnded(
  table: string,
  key: string,
  end: string,
  keptSeconds = marginSeconds,
  unit = 1,
): Pruning {
  const ended = `SELECT ${key} FROM ${table} WHERE ${end} <= $1 ORDER BY ${end} LIMIT $2`;
  return function* prune(now, limit) {
    const { changes } = yield statement(
      `DELETE FROM ${table} WHERE ${key} IN (${ended})`,
      (now - keptSeconds) * unit,
      limit,
    );
    return changes;
  };
}

/**
 * Deletes parents of tokens with their index in a status list (`parent`). The last of these tokens
 * expired long before.
 */
export function deleteEndedParents(
  table: string,
  parent: string,
  end: string,
  keptSeconds: number,
): Pruning {
  const ended = `FROM ${table} WHERE ${end} <= $1 ORDER BY ${end}, id LIMIT $2`;
  return function* prune(now, limit) {
    const until = now - keptSeconds;
    yield statement(
      `DELETE FROM status_entries WHERE id IN (SELECT ${parent} ${ended})`,
      until,
      limit,
    );
    const { changes } = yield statement(
      `DELETE FROM ${table} WHERE id IN (SELECT id ${ended})`,
      until,
      limit,
    );
    return changes;
  };
}
