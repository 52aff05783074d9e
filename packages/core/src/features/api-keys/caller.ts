/**
 * The caller of endpoints about the API keys of an API: a service of this API, authenticated by its
 * secret over Basic.
 */
import { authenticateClient } from '../../kernel/clients/authentication/index.ts';
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import type { HttpRequest } from '../../kernel/http/message.ts';
import { parseParameters } from '../../kernel/http/parameters.ts';
import type { Client } from '../../model/entities.ts';

const noBody = parseParameters('');

/** Before anything else of the request is read. Throws as `authenticateClient`. */
export async function authenticateService(
  core: Core,
  request: HttpRequest,
  now: number,
): Promise<Client> {
  return authenticateClient(core, request, noBody, now);
}

/**
 * Throws path_unknown for an unknown API, and resource_forbidden if the client is not a service of
 * this API.
 */
export async function assertStandsFor(core: Core, client: Client, audience: string): Promise<void> {
  const api = (await core.loadApis()).find(audience);
  // The value names no API of this server. It may contain anything, so it is not logged.
  if (api === undefined)
    throw new OAuthError('path_unknown', {
      description: 'This API does not exist.',
      log: { clientId: client.id },
    });
  if (!api.introspectors.includes(client.id))
    throw new OAuthError('resource_forbidden', {
      description: 'The API does not name this client as an introspector.',
      log: { clientId: client.id, audience },
    });
}
