import {
  type Client,
  type ClientPaging,
  type ClientStore,
  idPrefixes,
  type Page,
} from '@keywright/core';
import { type Act, type Row, statement } from '../act.ts';
import { toJson } from '../columns.ts';
import { composed, type Kept, reading, serializable, single } from '../kept.ts';
import { cutPage, pageLimit } from '../paging.ts';
import { deleteEnded } from '../pruning.ts';
import { revokeApiKeysOfClient } from './api-keys.ts';
import { asRead, clientRows, clientUpdates, isClientAsRead } from './client-rows.ts';
import { insertFamily } from './families.ts';
import { endGrantsOfClient } from './grants.ts';
import { dynamicClients, pruneDynamicClients } from './dynamic-clients.ts';

/** How many grants, with their families, end in one act when their client is disabled. */
const grantsPerAct = 500;
/** The last use of a secret is kept for so long. */
const keptUseSeconds = 400 * 86_400;

const load = reading({ loadClient });

/**
 * In several acts, so that the acts of requests run in between. After a full batch there is another
 * one.
 */
const endRemaining = composed({ end: serializable({ endGrantsOfClient }) }, ({ end }) => {
  return async (id: string, now: number, ended = grantsPerAct) => {
    let last = ended;
    while (last === grantsPerAct) last = await end(id, now, grantsPerAct);
  };
});

export const clients: Kept<ClientStore> = {
  tables: {
    clients: pruneDynamicClients,
    client_secret_uses: deleteEnded(
      'client_secret_uses',
      'secret_id',
      'last_used_at',
      keptUseSeconds,
    ),
  },
  verbs: {
    load,
    list: reading({ listClients }),
    /**
     * A client that is enabled again does not get back what it had, also when not all of its grants
     * were ended, for example after a crash.
     */
    save: composed(
      { load, save: serializable({ saveClient }), endRemaining },
      (acts, { clock }) => {
        return async (client) => {
          const now = clock.nowSeconds();
          const former = client.status === 'active' ? await acts.load(client.id) : undefined;
          if (former?.status === 'disabled') await acts.endRemaining(client.id, now);
          await acts.endRemaining(client.id, now, await acts.save(client, now, grantsPerAct));
        };
      },
    ),
    ...dynamicClients,
    update: composed({ update: serializable({ updateClient }) }, ({ update }) => {
      return async (client, former, endsGrants, now) => {
        const ending = endsGrants ? { now, limit: grantsPerAct } : undefined;
        for (;;) {
          const outcome = await update(client, former, ending);
          if (outcome !== 'ending') return outcome === 'changed';
        }
      };
    }),
    replaceSecrets: single({ replaceClientSecrets }),
    touchSecret: single({ touchClientSecret }),
    secretUses: reading({ listClientSecretUses }),
    disable: composed({ disable: serializable({ disableClient }), endRemaining }, (acts) => {
      return async (id, now) => {
        const ended = await acts.disable(id, now, grantsPerAct);
        if (ended !== undefined) await acts.endRemaining(id, now, ended);
        return ended !== undefined;
      };
    }),
    enable: composed({ load, enable: serializable({ enableClient }), endRemaining }, (acts) => {
      return async (id, now) => {
        const client = await acts.load(id);
        if (client?.status !== 'disabled') return false;
        await acts.endRemaining(id, now);
        return acts.enable(id, now);
      };
    }),
  },
};

const read = `${clientRows.columns}, disabled_at`;
const select = `SELECT ${read} FROM clients WHERE id = $1`;

const save = `INSERT INTO clients (${read}) VALUES (${clientRows.places}, $${clientRows.names.length + 1})
  ON CONFLICT (id) DO UPDATE SET ${clientUpdates}, status = excluded.status, origin = excluded.origin,
    created_at = excluded.created_at,
    disabled_at = CASE WHEN clients.status = 'active' THEN COALESCE(excluded.disabled_at, clients.disabled_at)
      ELSE COALESCE(clients.disabled_at, excluded.disabled_at) END`;

function* loadClient(id: string): Act<Client | undefined> {
  const { rows } = yield statement(select, id);
  return rows[0] && toClient(rows[0]);
}

function* listClients(paging: ClientPaging = {}): Act<Page<Client>> {
  const limit = pageLimit(paging);
  const { after = '', origin } = paging;
  const chosen = origin === undefined ? '' : 'AND origin = $3';
  const { rows } = yield statement(
    `SELECT ${read} FROM clients WHERE id > $1 ${chosen} ORDER BY id LIMIT $2`,
    after,
    limit + 1,
    ...(origin === undefined ? [] : [origin]),
  );
  return cutPage(rows.map(toClient), limit, (client) => client.id);
}

/**
 * Saving a client as disabled ends its grants, as disabling does, so that a disabled client can
 * never have active ones. Saving a disabled client as active restores nothing, as enabling does.
 * Answers how many grants were ended.
 */
export function* saveClient(client: Client, now: number, limit: number): Act<number> {
  if (client.status === 'active') yield* retireStatus(client.id, now);
  yield statement(save, ...clientRows.valuesOf(client), client.status === 'disabled' ? now : null);
  return client.status === 'disabled' ? yield* endWhatHangsOn(client.id, now, limit) : 0;
}

const sets = clientRows.names.map((name, index) => `${name} = $${index + 1}`).slice(1);
const update = `UPDATE clients SET ${sets.join(', ')},
    prune_at = CASE WHEN ${clientRows.place('origin')} IN ('command', 'config') THEN NULL ELSE prune_at END
  WHERE id = $1 AND ${asRead(clientRows.names.length + 1)}`;

/**
 * `stale`: the row was not as the former client was read. `ending`: grants have ended, and there
 * may be more.
 */
type ClientUpdate = 'changed' | 'stale' | 'ending';

/**
 * The former client is compared with the row, column by column. So a change, a new secret or a
 * disabling at the same moment is not overwritten. With `ending`, at most `limit` grants end in the
 * same act. The client changes in the act that ends the last of them.
 */
function* updateClient(
  client: Client,
  former: Client,
  ending?: { readonly now: number; readonly limit: number },
): Act<ClientUpdate> {
  if (ending !== undefined) {
    if (!(yield* isClientAsRead(former))) return 'stale';
    const ended = yield* endGrantsOfClient(former.id, ending.now, ending.limit);
    if (ended === ending.limit) return 'ending';
  }
  const { status, createdAt } = former;
  const { changes } = yield statement(
    update,
    ...clientRows.valuesOf({ ...client, status, createdAt }),
    ...clientRows.valuesOf(former),
  );
  return changes === 1 ? 'changed' : 'stale';
}

/**
 * The former secrets are compared with the row as JSON. So a renewal or a disabling at the same
 * time is not overwritten.
 */
function* replaceClientSecrets(
  id: string,
  former: Client['secrets'],
  secrets: Client['secrets'],
): Act<boolean> {
  const { changes } = yield statement(
    `UPDATE clients SET secrets = $3 WHERE id = $1 AND secrets = $2 AND status = 'active'`,
    id,
    toJson(former),
    toJson(secrets),
  );
  return changes === 1;
}

/** The latest time stays, in whatever order the calls arrive. */
function* touchClientSecret(id: string, secretId: string, at: number): Act<void> {
  yield statement(
    `INSERT INTO client_secret_uses (secret_id, client_id, last_used_at) VALUES ($1, $2, $3)
      ON CONFLICT (secret_id) DO UPDATE SET last_used_at = excluded.last_used_at
      WHERE client_secret_uses.last_used_at < excluded.last_used_at`,
    secretId,
    id,
    at,
  );
}

function* listClientSecretUses(id: string): Act<ReadonlyMap<string, number>> {
  const { rows } = yield statement(
    'SELECT secret_id, last_used_at FROM client_secret_uses WHERE client_id = $1',
    id,
  );
  return new Map(rows.map((row) => [row.secret_id as string, row.last_used_at as number]));
}

/**
 * From now on the client and everything that it was given are refused. Ends at most `limit` of its
 * grants, and answers how many it ended. Answers undefined when there is no such client.
 * `endGrantsOfClient` ends the rest: one act for all would delay every other act.
 */
function* disableClient(id: string, now: number, limit: number): Act<number | undefined> {
  const { changes } = yield statement(
    // A disabled client whose id is an address keeps its row. Otherwise it could use its id again
    // and be accepted.
    `UPDATE clients SET status = 'disabled', disabled_at = CASE WHEN status = 'active' THEN $2 ELSE COALESCE(disabled_at, $2) END,
      prune_at = CASE WHEN origin = 'document' THEN NULL ELSE prune_at END WHERE id = $1`,
    id,
    now,
  );
  return changes === 0 ? undefined : yield* endWhatHangsOn(id, now, limit);
}

/**
 * Answers false when there is no such client, or when it is not disabled. What it had must have
 * ended before: see `endGrantsOfClient`.
 */
function* enableClient(id: string, now: number): Act<boolean> {
  yield* retireStatus(id, now);
  // `disabled_at` stays. What the client was given until then for itself has ended permanently.
  const { changes } = yield statement(
    `UPDATE clients SET status = 'active', disabled_at = COALESCE(disabled_at, $2) WHERE id = $1 AND status = 'disabled'`,
    id,
    now,
  );
  return changes === 1;
}

/**
 * For a client that is disabled. The tokens that it got for itself become a family that has ended,
 * which takes over their index in the status lists. So the index stays ended until the last of
 * these tokens has expired. Later tokens get another index.
 */
function* retireStatus(id: string, now: number): Act<void> {
  const { rows } = yield statement(
    `SELECT e.list, e.idx, disabled_at FROM clients JOIN status_entries e ON e.id = clients.id
      WHERE clients.id = $1 AND status = 'disabled'`,
    id,
  );
  const place = rows[0];
  if (place === undefined) return;
  const familyId = `${idPrefixes.family}of_place_${place.list}_${place.idx}`;
  const endedAt = (place.disabled_at as number | null) ?? now;
  yield insertFamily({
    id: familyId,
    grantId: '',
    accountId: '',
    clientId: id,
    scopes: [],
    audiences: [],
    authenticatedAt: endedAt,
    createdAt: endedAt,
    expiresAt: endedAt,
    absoluteExpiresAt: endedAt,
    endedAt,
  });
  yield statement('UPDATE status_entries SET id = $2 WHERE id = $1', id, familyId);
}

function* endWhatHangsOn(id: string, now: number, limit: number): Act<number> {
  yield* revokeApiKeysOfClient(id, now);
  return yield* endGrantsOfClient(id, now, limit);
}

function toClient(row: Row): Client {
  const client = clientRows.read(row);
  const { status, disabled_at: disabledAt } = row;
  const hasEnded = status === 'active' && disabledAt !== null && disabledAt !== undefined;
  return hasEnded ? { ...client, tokensEndedAt: disabledAt as number } : client;
}
