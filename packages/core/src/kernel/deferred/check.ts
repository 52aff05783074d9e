/** What both ways of asking check alike. What is asked for is read as at the authorization endpoint (`kernel/authorization-details/asked.ts`). */
import type { GrantType } from '@keywright/wire';
import { authenticateClient } from '../clients/authentication/index.ts';
import { mayUseUnder } from '../policy/tiers.ts';
import { type Core, policyOf } from '../core.ts';
import { OAuthError, refusedTo } from '../../model/errors.ts';
import type { HttpRequest, HttpResponse } from '../http/message.ts';
import { type Parameters, parseForm } from '../http/parameters.ts';
import { json } from '../http/responses.ts';
import { takeOfClient, withAllowance } from '../limits/limits.ts';
import type { Client } from '../../model/entities.ts';

export interface Asker {
  readonly request: HttpRequest;
  readonly parameters: Parameters;
  readonly client: Client;
  readonly now: number;
}

/** By the rules of the token endpoint (RFC 8628 §3.1, CIBA §7.1): the form, who calls, and then what it asks for; a public client names itself. */
export async function answerAsker(
  core: Core,
  request: HttpRequest,
  ask: (asker: Asker) => Promise<object>,
): Promise<HttpResponse> {
  if (request.query !== '') throw new OAuthError('credentials_in_query');
  const parameters = parseForm(request);
  const now = core.clock.nowSeconds();
  const client = await authenticateClient(core, request, parameters, now);
  const allowance = takeOfClient(core, client, request.remoteAddress);
  const asker = { request, parameters, client, now };
  return withAllowance(json(await refusedTo({ clientId: client.id }, () => ask(asker))), allowance);
}

/**
 * The tier decides, whatever was registered, and the policy, whatever the tier (RFC 8628 §3.1, CIBA §13: unauthorized_client). The request
 * comes from the client itself, by no browser: so it is as good as a pushed one where details must be protected (ASVS 10.4.15).
 */
export function assertMayAsk(core: Core, client: Client, grant: GrantType): void {
  if (!mayUseUnder(policyOf(core, client), client, grant))
    throw new OAuthError('client_not_permitted', {
      description: `This client may not use grant_type=${grant}.`,
      log: { grant },
    });
}

/** §3.2: five when it is not said; it is said. */
export const pollSeconds = 5;
