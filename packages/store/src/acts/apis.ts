import type { Api } from '@keywright/core';
import { type Act, type Row, statement } from '../act.ts';
import { fromFlag, fromJson, fromJsonOrNull, present, toFlag, toJson, toJsonOrNull } from '../columns.ts';

const columns = 'identifier, name, scopes, introspectors, token_status, origin, settings';

const save = `INSERT INTO apis (${columns}) VALUES ($1, $2, $3, $4, $5, $6, $7)
  ON CONFLICT (identifier) DO UPDATE SET name = excluded.name, scopes = excluded.scopes,
    introspectors = excluded.introspectors, token_status = excluded.token_status, origin = excluded.origin,
    settings = excluded.settings`;

/** All of them: they are declared by hand, and there are few. */
export function* listApis(): Act<readonly Api[]> {
  const { rows } = yield statement(`SELECT ${columns} FROM apis ORDER BY identifier`);
  return rows.map(toApi);
}

export function* saveApi(api: Api): Act<void> {
  yield statement(
    save,
    api.identifier,
    api.name,
    toJson(api.scopes),
    toJson(api.introspectors),
    toFlag(api.tokenStatus),
    api.origin,
    toJsonOrNull(api.settings),
  );
}

export function* removeApi(identifier: string): Act<void> {
  yield statement('DELETE FROM apis WHERE identifier = $1', identifier);
}

function toApi(row: Row): Api {
  return {
    identifier: row.identifier,
    name: row.name,
    scopes: fromJson(row.scopes),
    introspectors: fromJson(row.introspectors),
    tokenStatus: fromFlag(row.token_status),
    origin: row.origin,
    ...present({ settings: fromJsonOrNull(row.settings) }),
  } as Api;
}
