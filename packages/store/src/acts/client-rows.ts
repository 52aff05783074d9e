/** The columns of a client. */
import type { Client } from '@keywright/core';
import { type Act, statement } from '../act.ts';
import { rowsOf } from '../columns.ts';

export const clientRows = rowsOf<Omit<Client, 'tokensEndedAt'>>('clients', {
  id: 'plain',
  kind: 'plain',
  trust: 'plain',
  name: 'plain',
  publisher: 'plain',
  homepage: 'plain',
  redirectUris: 'json',
  grantTypes: 'json',
  scopes: 'json',
  optionalScopes: 'json',
  authenticationMethods: 'json',
  secrets: 'json',
  idTokenAlgorithm: 'plain',
  status: 'plain',
  origin: 'plain',
  createdAt: 'plain',
  settings: 'json',
});

/**
 * The columns of an existing row that stay: its status, its provenance and its time of creation.
 * Everything else is replaced.
 */
const kept = new Set(['id', 'status', 'origin', 'created_at']);
export const clientUpdates = clientRows.names
  .filter((name) => !kept.has(name))
  .map((name) => `${name} = excluded.${name}`)
  .join(', ');

/** The condition that the row is as it was read. Its values start at the parameter `first`. */
export const asRead = (first: number) =>
  clientRows.names
    .map((name, index) => `${name} IS NOT DISTINCT FROM $${first + index}`)
    .join(' AND ');

const find = `SELECT id FROM clients WHERE id = $1 AND ${asRead(1)}`;

/** Answers whether the row is exactly as it was read. */
export function* isClientAsRead(client: Client): Act<boolean> {
  const { rows } = yield statement(find, ...clientRows.valuesOf(client));
  return rows.length > 0;
}
