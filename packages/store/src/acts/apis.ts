import type { Api } from '@keywright/core';
import { type Act, type Row, statement } from '../act.ts';
import { fromJson, toJson } from '../columns.ts';

const columns = 'identifier, name, scopes, introspectors, origin';

const save = `INSERT INTO apis (${columns}) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (identifier) DO UPDATE SET name = excluded.name, scopes = excluded.scopes,
    introspectors = excluded.introspectors, origin = excluded.origin`;

/** All of them: they are declared by hand, and there are few. */
export function* listApis(): Act<readonly Api[]> {
  const { rows } = yield statement(`SELECT ${columns} FROM apis ORDER BY identifier`);
  return rows.map(toApi);
}

export function* saveApi(api: Api): Act<void> {
  yield statement(save, api.identifier, api.name, toJson(api.scopes), toJson(api.introspectors), api.origin);
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
    origin: row.origin,
  } as Api;
}
