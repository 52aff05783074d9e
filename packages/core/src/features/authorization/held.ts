/**
 * A checked request, as it stands at a later step: the client and the APIs may have lost what it
 * asks for.
 */
import type { Core } from '../../kernel/core.ts';
import { heldRequest, heldScopes, narrowToHeld } from '../../kernel/authorization-details/held.ts';
import type { Client } from '../../model/entities.ts';
import { assertOpenId } from './openid-request.ts';
import type { AuthorizationRequest } from './authorization-request.ts';
import { assertResponseType } from '../../kernel/clients/response-type.ts';
import type { ApiDirectory } from '../../model/services.ts';

/**
 * The request, less what was lost since it was checked. Throws, for the client: scope_invalid where
 * nothing is left, client_not_permitted where it may not have such an answer any more.
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
