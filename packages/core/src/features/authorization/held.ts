/**
 * A checked request at a later step. The client and the APIs may have lost a part of what it
 * requests.
 */
import type { Core } from '../../kernel/core.ts';
import { heldRequest, heldScopes, narrowToHeld } from '../../kernel/authorization-details/held.ts';
import type { Client } from '../../model/entities.ts';
import { assertOpenId } from './openid-request.ts';
import type { AuthorizationRequest } from './authorization-request.ts';
import { assertResponseType } from '../../kernel/clients/response-type.ts';
import type { ApiDirectory } from '../../model/services.ts';

/**
 * The request without what was lost since the check. Throws, for the client: scope_invalid if
 * nothing is left, client_not_permitted if the client may no longer have such an answer.
 */
export function narrowRequest(
  core: Pick<Core, 'options'>,
  { claimScopes = [], details, ...request }: AuthorizationRequest,
  client: Client,
  apis: ApiDirectory,
): AuthorizationRequest {
  assertResponseType(core, client, request.responseType);
  const held = narrowToHeld(request, details?.asked ?? [], client, apis);
  assertOpenId(request.responseType, held.scopes, request.nonce);
  const heldClaims = heldScopes(claimScopes, client, apis);
  const heldDetails = heldRequest(details, client, apis);
  return {
    ...request,
    ...held,
    ...(heldClaims.length > 0 ? { claimScopes: heldClaims } : {}),
    ...(heldDetails !== undefined ? { details: heldDetails } : {}),
  };
}
