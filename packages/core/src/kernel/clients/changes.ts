/** The changes of a client, for the log, the audit and the person who made them. */
import type { Client } from '../../model/entities.ts';
import { isJsonObject } from '../http/json-body.ts';
import { renderRegistration } from './metadata/rendering.ts';

/** The event of a client that was made. */
export function addedClient({ id: clientId, kind, trust, grantTypes, scopes }: Client) {
  return { type: 'client.added', clientId, kind, trust, grantTypes, scopes } as const;
}

/**
 * The client as a text. Two clients with the same members have the same text, in whatever order
 * the members are.
 */
export function canonicalText(client: Client): string {
  const sorted = (_: string, value: unknown) =>
    isJsonObject(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  return JSON.stringify(client, sorted);
}

/**
 * The names of the metadata that differ between two clients (RFC 7591 §2), without values. Empty
 * if they are the same.
 */
export function changedMembers(former: Client, client: Client): readonly string[] {
  const [before, after] = [membersOf(former), membersOf(client)];
  return Object.keys({ ...before, ...after })
    .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .sort();
}

/** Its registration, and the members that no registration has. */
function membersOf(client: Client): Readonly<Record<string, unknown>> {
  const { status, origin, createdAt, tokensEndedAt, secrets, settings } = client;
  return {
    ...renderRegistration(client),
    client_secret: secrets,
    registration_access_token: settings?.registrationTokenDigest,
    status,
    origin,
    created_at: createdAt,
    tokens_ended_at: tokensEndedAt,
  };
}
