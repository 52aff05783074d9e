import { type Client, type ClientPaging, idPrefixes, type Page } from '@keywright/core';
import { type Act, type Row, statement, type Value } from '../act.ts';
import { fromJson, fromJsonOrNull, present, toJson, toJsonOrNull } from '../columns.ts';
import { cutPage, pageLimit } from '../paging.ts';
import { revokeApiKeysOfClient } from './api-keys.ts';
import { insertFamily } from './families.ts';
import { endGrantsOfClient } from './grants.ts';

/** In the order of `clientValues`. */
export const clientColumns = `id, kind, trust, name, publisher, homepage, redirect_uris, grant_types, scopes, optional_scopes,
  authentication_methods, secrets, id_token_algorithm, status, origin, created_at, settings`;

const read = `${clientColumns}, disabled_at`;
const select = `SELECT ${read} FROM clients WHERE id = $1`;

/** Of a row that is there already, everything but where it came from and since when. */
export const clientUpdates = `kind = excluded.kind, trust = excluded.trust, name = excluded.name,
    publisher = excluded.publisher, homepage = excluded.homepage, redirect_uris = excluded.redirect_uris,
    grant_types = excluded.grant_types, scopes = excluded.scopes, optional_scopes = excluded.optional_scopes,
    authentication_methods = excluded.authentication_methods, secrets = excluded.secrets,
    id_token_algorithm = excluded.id_token_algorithm, settings = excluded.settings`;

const save = `INSERT INTO clients (${clientColumns}, disabled_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
  ON CONFLICT (id) DO UPDATE SET ${clientUpdates}, status = excluded.status, origin = excluded.origin,
    created_at = excluded.created_at,
    disabled_at = CASE WHEN clients.status = 'active' THEN COALESCE(excluded.disabled_at, clients.disabled_at)
      ELSE COALESCE(clients.disabled_at, excluded.disabled_at) END`;

export function* loadClient(id: string): Act<Client | undefined> {
  const { rows } = yield statement(select, id);
  return rows[0] && toClient(rows[0]);
}

export function* listClients(paging: ClientPaging = {}): Act<Page<Client>> {
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
 * Saving a client as disabled ends what hangs on it, as disabling does: there is no way to a disabled client that still gets
 * in. Saving a disabled one as active brings nothing of that back, as enabling does not. Answers how many of its grants were ended.
 */
export function* saveClient(client: Client, now: number, limit: number): Act<number> {
  if (client.status === 'active') yield* retirePlace(client.id, now);
  yield statement(save, ...clientValues(client), client.status === 'disabled' ? now : null);
  return client.status === 'disabled' ? yield* endWhatHangsOn(client.id, now, limit) : 0;
}

export function clientValues(client: Client): readonly Value[] {
  return [
    client.id,
    client.kind,
    client.trust,
    client.name,
    client.publisher ?? null,
    client.homepage ?? null,
    toJson(client.redirectUris),
    toJson(client.grantTypes),
    toJson(client.scopes),
    toJson(client.optionalScopes),
    toJson(client.authenticationMethods),
    toJson(client.secrets),
    client.idTokenAlgorithm,
    client.status,
    client.origin,
    client.createdAt,
    toJsonOrNull(client.settings),
  ];
}

const columns = clientColumns.split(',').map((column) => column.trim());
const sets = columns.map((column, index) => `${column} = $${index + 1}`).slice(1);
/** The row as it was read, with its values from the parameter `first` on. */
export const asRead = (first: number) =>
  columns.map((column, index) => `${column} IS NOT DISTINCT FROM $${first + index}`).join(' AND ');
const find = `SELECT id FROM clients WHERE id = $1 AND ${asRead(1)}`;
const originAt = columns.indexOf('origin') + 1;
const update = `UPDATE clients SET ${sets.join(', ')},
    prune_at = CASE WHEN $${originAt} IN ('command', 'config') THEN NULL ELSE prune_at END
  WHERE id = $1 AND ${asRead(columns.length + 1)}`;

/** `stale`: it was not as the former one was read. `ending`: grants have ended, and there may be more. */
export type ClientUpdate = 'changed' | 'stale' | 'ending';

/**
 * The former client as columns is the row's own text: a change, a new secret or a disabling of the same moment is not overwritten. With
 * `ending`, at most `limit` grants end in the same act, and the client changes in the act that ends the last of them.
 */
export function* updateClient(
  client: Client,
  former: Client,
  ending?: { readonly now: number; readonly limit: number },
): Act<ClientUpdate> {
  if (ending !== undefined) {
    const { rows } = yield statement(find, ...clientValues(former));
    if (rows.length === 0) return 'stale';
    const ended = yield* endGrantsOfClient(former.id, ending.now, ending.limit);
    if (ended === ending.limit) return 'ending';
  }
  const { status, createdAt } = former;
  const { changes } = yield statement(
    update,
    ...clientValues({ ...client, status, createdAt }),
    ...clientValues(former),
  );
  return changes === 1 ? 'changed' : 'stale';
}

/** The former ones as JSON are the row's own text: whoever renews at the same time, or disables, is not overwritten. */
export function* replaceClientSecrets(
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

/** The latest time stays, whoever is late. */
export function* touchClientSecret(id: string, secretId: string, at: number): Act<void> {
  yield statement(
    `INSERT INTO client_secret_uses (secret_id, client_id, last_used_at) VALUES ($1, $2, $3)
      ON CONFLICT (secret_id) DO UPDATE SET last_used_at = excluded.last_used_at
      WHERE client_secret_uses.last_used_at < excluded.last_used_at`,
    secretId,
    id,
    at,
  );
}

export function* listClientSecretUses(id: string): Act<ReadonlyMap<string, number>> {
  const { rows } = yield statement(
    'SELECT secret_id, last_used_at FROM client_secret_uses WHERE client_id = $1',
    id,
  );
  return new Map(rows.map((row) => [row.secret_id as string, row.last_used_at as number]));
}

/**
 * From here on the client is refused, with all that hangs on it. Ends at most `limit` of its grants, and answers how many it
 * ended; undefined when there is no such client. The rest is for `endGrantsOfClient`: one act for all would hold up every other.
 */
export function* disableClient(id: string, now: number, limit: number): Act<number | undefined> {
  const { changes } = yield statement(
    // The row of an address stays for good: whoever names it again must not get in.
    `UPDATE clients SET status = 'disabled', disabled_at = CASE WHEN status = 'active' THEN $2 ELSE COALESCE(disabled_at, $2) END,
      prune_at = CASE WHEN origin = 'document' THEN NULL ELSE prune_at END WHERE id = $1`,
    id,
    now,
  );
  return changes === 0 ? undefined : yield* endWhatHangsOn(id, now, limit);
}

/** False when there is none, or it is not disabled. What it had must have ended before: see `endGrantsOfClient`. */
export function* enableClient(id: string, now: number): Act<boolean> {
  yield* retirePlace(id, now);
  // `disabled_at` stays: what the client was given until then, on its own account, has ended for good.
  const { changes } = yield statement(
    `UPDATE clients SET status = 'active', disabled_at = COALESCE(disabled_at, $2) WHERE id = $1 AND status = 'disabled'`,
    id,
    now,
  );
  return changes === 1;
}

/**
 * Of a client that is disabled: its own tokens of before become a family that has ended, which takes over their place in the status
 * lists. So the place stays ended until the last of them has expired; the tokens to come get another.
 */
function* retirePlace(id: string, now: number): Act<void> {
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
  return {
    id: row.id,
    kind: row.kind,
    trust: row.trust,
    name: row.name,
    ...present({ publisher: row.publisher, homepage: row.homepage }),
    redirectUris: fromJson(row.redirect_uris),
    grantTypes: fromJson(row.grant_types),
    scopes: fromJson(row.scopes),
    optionalScopes: fromJson(row.optional_scopes),
    authenticationMethods: fromJson(row.authentication_methods),
    secrets: fromJson(row.secrets),
    idTokenAlgorithm: row.id_token_algorithm,
    status: row.status,
    origin: row.origin,
    createdAt: row.created_at,
    ...present({
      settings: fromJsonOrNull(row.settings),
      tokensEndedAt: row.status === 'active' ? row.disabled_at : null,
    }),
  } as Client;
}
