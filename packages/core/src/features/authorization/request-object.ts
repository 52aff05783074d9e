/**
 * Request objects (RFC 9101; OpenID Connect Core §6): a JWT that the client signed, perhaps
 * encrypted for us around that, and in it all parameters. RFC 9101 §6.3 alone is spoken: what
 * stands outside does not count, also where OpenID Connect Core §6.1 would merge the two. Left out:
 * objects without a signature, and signatures by the client's secret, of which we keep only a
 * digest.
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
/** FAPI 2.0 Message Signing §5.3.1: at most so old, and so long-lived. */
const strictLifeSeconds = 3600;
/** Of the token, not of the request (RFC 9101 §4). */
const tokenClaims = new Set(['iss', 'aud', 'exp', 'nbf', 'iat', 'jti', 'sub']);

/** What it says, as parameters. Throws request_object_invalid, keys_unavailable. */
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
    // The client's keys are at its own address, which does not answer: to try again is all that
    // helps.
    if (error.reason === 'keys_unavailable')
      throw new OAuthError('keys_unavailable', { log: { clientId: client.id } });
    const words = tellClaimFault(error);
    throw words === undefined
      ? invalid(client, error.note ?? error.reason)
      : claimsInvalid(client, words);
  }
}

/**
 * RFC 9101 §6.1. What comes out is looked at as whatever came in the clear is: only a signature
 * makes it the client's (RFC 8725 §3.3).
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
  // RFC 9101 §10.8, RFC 8725 §3.11: a type must be the right one, but none is demanded (§4). `JWT`
  // is what was written before there was one.
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
  // RFC 9101 §4 and OpenID Connect Core §6.1 ask for no end: what has none says no more than a
  // request in the open, which has none either. Of issuer and audience both say SHOULD: the
  // signature says whose it is, and `client_id` that it is for where that is a client.
  const unsaid = isStrict
    ? {}
    : { iss: client.id, aud: core.options.issuer, exp: Number.MAX_SAFE_INTEGER };
  const { claims } = verifyParsed(
    { ...parsed, claims: { ...unsaid, ...parsed.claims } },
    key,
    expected,
  );
  // FAPI 2.0 Security Profile §5.3.2.1: more than a minute ahead it must be refused, up to 10 s it
  // must not; verifyParsed asks that of nbf alone.
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

/** The claims of a signed request as the parameters that they stand for. */
export function parametersOfClaims(claims: JsonObject): Parameters {
  const values = Object.entries(claims)
    .filter(([name, value]) => !tokenClaims.has(name) && value !== null)
    .map(([name, value]) => [name, valueOf(name, value)]);
  return parametersOf(Object.fromEntries(values) as Record<string, string | readonly string[]>);
}

/**
 * RFC 9101 §4: strings and numbers as they are; what would be JSON in a query (`claims`,
 * `authorization_details`) as JSON here.
 */
function valueOf(name: string, value: unknown): string | readonly string[] {
  if (typeof value === 'string') return value;
  // RFC 8707 §2: the one parameter that may come several times.
  if (name === 'resource' && Array.isArray(value)) return value.map(String);
  return JSON.stringify(value);
}

/** Of what the client has signed. */
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
    // Discovery §3: the second is true when it is left out, so it is said.
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
