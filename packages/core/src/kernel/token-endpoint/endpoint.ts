/**
 * The token endpoint (RFC 6749 §3.2): parses the form, authenticates the client, and calls the
 * grant. Each grant is a feature.
 */
import { type Proven, proveSender } from '../sender-constraint/index.ts';
import { authenticateByApiKey, isApiKeyRequest } from '../clients/authentication/api-key.ts';
import { parseCall } from '../clients/call.ts';
import { authenticateClient } from '../clients/authentication/index.ts';
import { mayUseUnder } from '../policy/tiers.ts';
import { type Core, policyOf } from '../core.ts';
import { OAuthError, refusedTo } from '../../model/errors.ts';
import type { GrantType } from '../../model/features.ts';
import type { Endpoint, GrantHandler } from '../routing/feature.ts';
import type { HttpRequest, HttpResponse } from '../http/message.ts';
import { type Parameters, requireParameter } from '../http/parameters.ts';
import { json } from '../http/responses.ts';
import { takeOfClient, withAllowance } from '../limits/limits.ts';
import type { TokenRequest, TokenResponse } from '../tokens/token-request.ts';

/** RFC 8707 §2, RFC 8693 §2.1. */
const repeatable = ['resource', 'audience'];

/** The grants of the features that are on, by the value of `grant_type`. */
export type Grants = ReadonlyMap<string, GrantHandler>;

export function createTokenEndpoint(grants: Grants): Endpoint {
  return (core, request) => handleToken(core, grants, request);
}

async function handleToken(
  core: Core,
  grants: Grants,
  request: HttpRequest,
): Promise<HttpResponse> {
  const parameters = parseCall(request, repeatable);
  const now = core.clock.nowSeconds();
  const caller = await authenticateCaller(core, request, parameters, now);
  const allowance = takeOfClient(core, caller.client, request.remoteAddress);
  const asked = { parameters, ...caller, now, http: request };
  const who = { clientId: caller.client.id, keyId: caller.apiKey?.key.id };
  const answer = await refusedTo(who, () => {
    // Before anything is read that could be spent.
    const proving = proveSender(core, request, caller.client);
    if (proving === undefined) return grant(core, grants, asked);
    if (!(proving instanceof Promise)) return grantProven(core, grants, asked, proving);
    return proving.then((proven) => grantProven(core, grants, asked, proven));
  });
  if (request.learned !== undefined)
    request.learned.issuedBy = parameters.get('grant_type') as GrantType;
  return withAllowance(json(answer), allowance);
}

async function authenticateCaller(
  core: Core,
  request: HttpRequest,
  parameters: Parameters,
  now: number,
): Promise<Pick<TokenRequest, 'client' | 'apiKey'>> {
  if (!isApiKeyRequest(request))
    return { client: await authenticateClient(core, request, parameters, now) };
  const apiKey = await authenticateByApiKey(core, request, parameters, now);
  return { client: apiKey.client, apiKey };
}

async function grantProven(
  core: Core,
  grants: Grants,
  asked: TokenRequest,
  { confirmation, remember }: Proven,
): Promise<TokenResponse> {
  if (remember === undefined) return grant(core, grants, { ...asked, confirmation });
  let isRemembered = false;
  const once = async () => {
    await remember();
    isRemembered = true;
  };
  const answer = await grant(core, grants, { ...asked, confirmation, remember: once });
  if (!isRemembered) throw new Error('tokens for a proof that was not stored');
  return answer;
}

function grant(core: Core, grants: Grants, asked: TokenRequest): Promise<TokenResponse> {
  const grantType = requireParameter(asked.parameters, 'grant_type');
  const handler = grants.get(grantType);
  if (handler === undefined) throw new OAuthError('grant_type_unsupported');
  // The tier decides, whatever was registered (RFC 6749 §5.2, unauthorized_client). An API key is
  // only for its service, so it allows only the grant that has no user.
  const withinKey = asked.apiKey === undefined || grantType === 'client_credentials';
  if (
    !withinKey ||
    !mayUseUnder(policyOf(core, asked.client), asked.client, grantType as GrantType)
  )
    // A known grant name, not just any text of the request. Libraries choose the grant by
    // themselves.
    throw new OAuthError('client_not_permitted', {
      description: `This client may not use grant_type=${grantType}.`,
      log: { grantType },
    });
  if (asked.remember === undefined || handler.remembersProof) return handler.issue(core, asked);
  return asked.remember().then(() => handler.issue(core, asked));
}
