/**
 * The API that the clients of this folder use, and their secrets: the common part of the
 * configurations of their servers.
 */
import { randomBytes } from 'node:crypto';

export const rooms = 'https://rooms.example/api';

export const roomsApi = {
  identifier: rooms,
  name: 'Rooms',
  scopes: [
    { name: 'rooms:read', description: 'See your rooms' },
    { name: 'rooms:write', description: 'Change your rooms' },
  ],
};

export const roomAccess = {
  type: 'room_access',
  name: 'Access to single rooms',
  description: 'It may {actions} these rooms',
  resources: 'rooms',
  schema: {
    type: 'object',
    required: ['actions', 'rooms'],
    properties: {
      actions: { type: 'array', items: { type: 'string', enum: ['open', 'heat'] } },
      rooms: { type: 'array', items: { type: 'string', maxLength: 40 } },
    },
  },
};

export type Client = Readonly<Record<string, unknown>> & { readonly client_id: string };

/** A name for each, and a secret for each that authenticates by one: kept in `secrets`, too. */
export function withSecrets(
  clients: readonly Client[],
  secrets: Record<string, string>,
): readonly Client[] {
  return clients.map((client) => {
    const named = { client_name: client.client_id, ...client };
    const isSecretless =
      client['kind'] === 'native' || client['kind'] === 'browser' || 'jwks' in client;
    if (isSecretless) return named;
    const secret = randomBytes(32).toString('base64url');
    secrets[client.client_id] = secret;
    return { ...named, client_secret: secret };
  });
}
