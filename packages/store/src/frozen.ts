/** How both engines recognize a frozen database. `transfer/freeze.ts` freezes and unfreezes it. */
import { type Act, statement } from './act.ts';

export const frozenMessage = 'it was exported to be moved, and takes no more writes';

/** Raised by the trigger. No class of PostgreSQL's faults begins with K. */
export const frozenState = 'KWFRZ';

export function* isFrozenOnSqlite(): Act<boolean> {
  const { rows } = yield statement(
    `SELECT 1 AS frozen FROM sqlite_schema WHERE type = 'trigger' AND name = 'frozen_migrations_update'`,
  );
  return rows.length > 0;
}

export function* isFrozenOnPostgres(): Act<boolean> {
  const { rows } = yield statement(
    `SELECT 1 AS frozen FROM pg_trigger WHERE tgrelid = to_regclass('migrations') AND tgname = 'frozen'`,
  );
  return rows.length > 0;
}
