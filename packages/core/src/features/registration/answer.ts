/**
 * The client information response (RFC 7591 §3.2.1, RFC 7592 §3): everything as it was registered.
 */
import { renderMetadata } from '../../kernel/clients/metadata/rendering.ts';
import type { Core } from '../../kernel/core.ts';
import type { HttpResponse } from '../../kernel/http/message.ts';
import { json } from '../../kernel/http/responses.ts';
import type { Client } from '../../model/entities.ts';

export interface Managed {
  readonly client: Client;
  /** A new secret. It is shown once, because only its digest is stored. */
  readonly secret?: string | undefined;
  /** The token for the management of the client: new, or presented with this request. */
  readonly registrationToken: string;
}

export function answerClient(
  core: Core,
  { client, secret, registrationToken }: Managed,
  status: 200 | 201,
): HttpResponse {
  return json(
    {
      client_id: client.id,
      ...(secret === undefined ? {} : { client_secret: secret }),
      // RFC 7591 §3.2.1: REQUIRED if a secret was issued. 0, because it does not expire.
      ...(client.secrets.length === 0 ? {} : { client_secret_expires_at: 0 }),
      client_id_issued_at: client.createdAt,
      registration_client_uri: `${core.options.issuer}/register/${client.id}`,
      registration_access_token: registrationToken,
      ...renderMetadata(client),
    },
    status,
  );
}
