/**
 * Request objects (RFC 9101; OpenID Connect Core §6): a JWT that the client signed, and perhaps
 * encrypted for this server. It contains all parameters. Only RFC 9101 §6.3 is supported:
 * parameters outside of the object are ignored, although OpenID Connect Core §6.1 would merge both.
 * Not supported: objects without a signature, and signatures by the client's secret, because only
 * its digest is stored.
 */
import {
  assertHeader,
  type JsonObject,
  JwtError,
  keyOf,
  parseJwt,
  verifyParsed,
} from '@keywright/jwt';
import {
  contentEncryptions,
  decrypt,
  longestEncrypted,
  openedEncryptions,
} from '@keywright/jwt/encryption';
import { namesOf, signingAlgorithms } from '@keywright/jwt';
import { type Core, policyOf } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import { type Parameters, parametersOf } from '../../kernel/http/parameters.ts';
import type { Client } from '../../model/entities.ts';
import { tellClaimFault } from '../../rules/signed-claims.ts';

const clockToleranceSeconds = 10;
/** FAPI 2.0 Message Signing §5.3.1: the largest age and the longest lifetime. */
const strictLifeSeconds = 3600;
/** Claims of the token, not of the request (RFC 9101 §4). */
const tokenClaims = new Set(['iss', 'aud', 'exp', 'nbf', 'iat', 'jti', 'sub']);

/** Its content, as parameters. Throws request_object_invalid, keys_unavailable. */
export async function readRequestObject(
  core: Core,
  client: Client,
  text: string,
  now: number,
): Promise<Parameters> {
  try {
    const claims = await verify(core, client, await decryptObject(core, client, text), now);
    return toParameters(client, claims);
  } catch (error) {
    if (!(error instanceof JwtError)) throw error;
    // The address of the client's keys does not answer. The user can only try again.
    if (error.reason === 'keys_unavailable')
      throw new OAuthError('keys_unavailable', { log: { clientId: client.id } });
    const words = tellClaimFault(error);
    throw words === undefined
      ? invalid(client, error.note ?? error.reason)
      : claimsInvalid(client, words);
  }
}

/**
 * RFC 9101 §6.1. The decrypted text is checked like plain text, because only a signature proves
 * that the client made it (RFC 8725 §3.3).
 */
async function decryptObject(core: Core, client: Client, text: string): Promise<string> {
  if (text.length > longestEncrypted) throw invalid(client, 'too long');
  if (text.split('.', 6).length !== 5) return text;
  const registered = client.settings?.requestObjectEncryption;
  const { header, text: inner } = await decrypt(text, (await core.keys.load()).decryption());
  if (
    registered !== undefined &&
    (header['alg'] !== registered.alg || header['enc'] !== registered.enc)
  )
    throw invalid(client, 'the object is not encrypted with the registered algorithms');
  return inner;
}

async function verify(core: Core, client: Client, text: string, now: number): Promise<JsonObject> {
  const policy = policyOf(core, client);
  const isStrict = policy.requestObjectsRequired;
  const parsed = parseJwt(text);
  // RFC 9101 §10.8, RFC 8725 §3.11: a type must be the right one, but none is required (§4). `JWT`
  // was used before there was such a type.
  const typ = isStrict ? ['oauth-authz-req+jwt', ''] : ['oauth-authz-req+jwt', 'JWT', ''];
  assertHeader(parsed.header, typ);
  const { kid, algorithm } = keyOf(parsed.header);
  // RFC 9101 §6.2: the algorithm must be the registered one. `none` is no algorithm here.
  if (!algorithmsFor(policy.signingAlgorithms, client).includes(algorithm))
    throw invalid(client, `alg ${algorithm.slice(0, 20)}`);
  const key = await core.clientKeys.resolve(client, kid, algorithm);
  const expected = {
    typ,
    issuer: client.id,
    audience: core.options.issuer,
    nowSeconds: now,
    clockToleranceSeconds,
  };
  // RFC 9101 §4 and OpenID Connect Core §6.1 do not require an end. Without one, an object is like
  // plain parameters, which have no end either. For issuer and audience, both say SHOULD: the
  // signature proves the issuer, and `client_id` shows that the object is for this server.
  const unsaid = isStrict
    ? {}
    : { iss: client.id, aud: core.options.issuer, exp: Number.MAX_SAFE_INTEGER };
  const { claims } = verifyParsed(
    { ...parsed, claims: { ...unsaid, ...parsed.claims } },
    key,
    expected,
  );
  // FAPI 2.0 Security Profile §5.3.2.1: a time more than a minute ahead must be refused, and up to
  // 10 s ahead must be accepted. verifyParsed checks this only for nbf.
  if (Number(claims['iat'] ?? 0) > now + clockToleranceSeconds)
    throw claimsInvalid(client, 'iat must not be in the future');
  if (isStrict) assertShortLived(client, claims, now);
  return claims;
}

function algorithmsFor(
  allowed: readonly string[] = signingAlgorithms,
  client: Client,
): readonly string[] {
  const registered = client.settings?.requestObjectSigningAlg;
  if (registered === undefined) return allowed;
  return allowed.filter((algorithm) => namesOf(registered).includes(algorithm));
}

function assertShortLived(client: Client, claims: JsonObject, now: number): void {
  const [nbf, exp] = [Number(claims['nbf'] ?? Number.NaN), Number(claims['exp'])];
  if (!(now - nbf <= strictLifeSeconds && exp - nbf <= strictLifeSeconds))
    throw claimsInvalid(
      client,
      `nbf must be in the last ${strictLifeSeconds} seconds, and exp at most as long after nbf`,
    );
}

function toParameters(client: Client, claims: JsonObject): Parameters {
  // RFC 9101 §6.3: the two ids of the client must be identical.
  if (claims['client_id'] !== client.id)
    throw claimsInvalid(
      client,
      'client_id must be in the object, with the same value as in the request',
    );
  // RFC 9101 §4: "request and request_uri parameters MUST NOT be included in Request Objects."
  if (Object.hasOwn(claims, 'request') || Object.hasOwn(claims, 'request_uri'))
    throw claimsInvalid(client, 'the object must not contain request or request_uri');
  return parametersOfClaims(claims);
}

/** The claims of a signed request as parameters. */
export function parametersOfClaims(claims: JsonObject): Parameters {
  const values = Object.entries(claims)
    .filter(([name, value]) => !tokenClaims.has(name) && value !== null)
    .map(([name, value]) => [name, valueOf(name, value)]);
  return parametersOf(Object.fromEntries(values) as Record<string, string | readonly string[]>);
}

/**
 * RFC 9101 §4: strings and numbers are used as they are. Parameters that are JSON in a query
 * (`claims`, `authorization_details`) are JSON here.
 */
function valueOf(name: string, value: unknown): string | readonly string[] {
  if (typeof value === 'string') return value;
  // RFC 8707 §2: the only parameter that may be repeated.
  if (name === 'resource' && Array.isArray(value)) return value.map(String);
  return JSON.stringify(value);
}

/** A fault in what the client has signed. */
function claimsInvalid({ id: clientId }: Client, words: string): OAuthError {
  const description = `Request object: ${words}.`;
  return new OAuthError('request_object_invalid', { description, log: { clientId } });
}

function invalid({ id: clientId }: Client, note: string): OAuthError {
  return new OAuthError('request_object_invalid', { log: { clientId, note } });
}

/** RFC 9101 §9; OpenID Connect Discovery §3. */
export function requestObjectMetadata({ options, outbound }: Pick<Core, 'options' | 'outbound'>) {
  if (!options.features.requestObjects)
    // Discovery §3: the default of the second one is true, so it is stated.
    return { request_parameter_supported: false, request_uri_parameter_supported: false };
  const { policies } = options;
  return {
    request_parameter_supported: true,
    request_uri_parameter_supported: outbound !== undefined,
    require_request_uri_registration: true,
    ...(policies.default.requestObjectsRequired ? { require_signed_request_object: true } : {}),
    request_object_signing_alg_values_supported:
      policies.default.signingAlgorithms ?? signingAlgorithms,
    request_object_encryption_alg_values_supported: openedEncryptions,
    request_object_encryption_enc_values_supported: contentEncryptions,
  };
}
