/**
 * A backchannel authentication request as one signed JWT (CIBA §7.1.1). The signature protects
 * against attackers who learned the secret of the client. For clients that registered an algorithm
 * for it, unsigned requests are refused.
 */
import {
  assertHeader,
  digest,
  type JsonObject,
  JwtError,
  keyOf,
  namesOf,
  parseJwt,
  verifyParsed,
} from '@keywright/jwt';
import { parametersOfClaims } from '../authorization/request-object.ts';
import { type Core, policyOf } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import type { Parameters } from '../../kernel/http/parameters.ts';
import type { Client } from '../../model/entities.ts';

const clockToleranceSeconds = 10;
const longestLifeSeconds = 3600;
const typ = ['oauth-authz-req+jwt', 'JWT', ''];
/** Parameters of the authentication of the client. They are outside of the JWT. */
const outside = [
  'request',
  'client_id',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
];

/** The parameters of the request, from the JWT if there is one. */
export async function readSignedRequest(
  core: Core,
  client: Client,
  parameters: Parameters,
  now: number,
): Promise<Parameters> {
  const text = parameters.get('request');
  const algorithm = client.settings?.backchannelAuthenticationRequestSigningAlg;
  if (text === undefined) {
    if (algorithm !== undefined || mustSign(core, client))
      throw new OAuthError('request_object_required');
    return parameters;
  }
  if (algorithm === undefined || !core.options.features.requestObjects)
    throw new OAuthError('request_object_unsupported');
  // "The authentication request parameters MUST NOT be present outside of the JWT."
  if (parameters.names().some((name) => !outside.includes(name)))
    throw new OAuthError('parameter_malformed', {
      description: 'No other parameter may be sent with request.',
    });
  const claims = await verify(core, client, text, algorithm, now);
  await assertUnused(core, client, claims, now);
  return parametersOfClaims(claims);
}

function mustSign(core: Core, client: Client): boolean {
  return (
    policyOf(core, client).requestObjectsRequired ||
    client.settings?.requireSignedRequestObject === true
  );
}

async function verify(
  core: Core,
  client: Client,
  text: string,
  registered: string,
  now: number,
): Promise<JsonObject> {
  try {
    const parsed = parseJwt(text);
    assertHeader(parsed.header, typ);
    const { kid, algorithm } = keyOf(parsed.header);
    const allowed = policyOf(core, client).signingAlgorithms?.includes(algorithm) ?? true;
    if (!namesOf(registered).includes(algorithm) || !allowed) throw invalid(client, 'alg');
    const key = await core.clientKeys.resolve(client, kid, algorithm);
    const audience = core.options.issuer;
    const expected = { typ, issuer: client.id, audience, nowSeconds: now, clockToleranceSeconds };
    return verifyParsed(parsed, key, expected).claims;
  } catch (error) {
    if (!(error instanceof JwtError)) throw error;
    const { id: clientId } = client;
    if (error.reason === 'keys_unavailable')
      throw new OAuthError(error.reason, { log: { clientId } });
    throw invalid(client, error.note ?? error.reason);
  }
}

/**
 * §7.1.1: exp, iat, nbf and jti are required. A request is used once, so a copy of it does
 * not ask the person again.
 */
async function assertUnused(
  core: Core,
  client: Client,
  claims: JsonObject,
  now: number,
): Promise<void> {
  const { exp, iat, nbf, jti } = claims;
  if (typeof jti !== 'string' || jti === '' || typeof iat !== 'number')
    throw invalid(client, 'jti or iat is missing');
  if (iat > now + clockToleranceSeconds) throw invalid(client, 'iat is in the future');
  if (typeof nbf !== 'number' || typeof exp !== 'number') throw invalid(client, 'nbf is missing');
  if (now - nbf > longestLifeSeconds || exp - nbf > longestLifeSeconds)
    throw invalid(client, 'its lifetime is too long');
  const marker = `backchannel-request:${digest(`${client.id} ${jti}`)}`;
  if (!(await core.store.claims.take(marker, Math.ceil(exp) + clockToleranceSeconds)))
    throw invalid(client, 'jti was used before');
}

/** §13 has no error code for this fault. */
function invalid({ id: clientId }: Client, note: string): OAuthError {
  return new OAuthError('signed_request_invalid', { log: { clientId, note } });
}
