import type { Api, ApiStore } from '@keywright/core';
import { type Act, statement } from '../act.ts';
import { rowsOf } from '../columns.ts';
import { type Kept, reading, single } from '../kept.ts';

const rows = rowsOf<Api>('apis', {
  identifier: 'plain',
  name: 'plain',
  scopes: 'json',
  introspectors: 'json',
  tokenStatus: 'flag',
  origin: 'plain',
  settings: 'json',
});

export const apis: Kept<ApiStore> = {
  tables: { apis: { keeps: 'until it is removed' } },
  verbs: {
    list: reading({ listApis }),
    save: single({ saveApi }),
    remove: single({ removeApi }),
  },
};

const save = `${rows.insert}
  ON CONFLICT (identifier) DO UPDATE SET name = excluded.name, scopes = excluded.scopes,
    introspectors = excluded.introspectors, token_status = excluded.token_status, origin = excluded.origin,
    settings = excluded.settings`;

/** Returns all of them, because operators declare them and there are few. */
function* listApis(): Act<readonly Api[]> {
  const found = yield statement(`${rows.select} ORDER BY identifier`);
  return found.rows.map(rows.read);
}

function* saveApi(api: Api): Act<void> {
  yield statement(save, ...rows.valuesOf(api));
}

function* removeApi(identifier: string): Act<void> {
  yield statement('DELETE FROM apis WHERE identifier = $1', identifier);
}
