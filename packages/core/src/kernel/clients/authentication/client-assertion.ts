/**
 * The common part of `client_secret_jwt` and `private_key_jwt` (RFC 7521 §4.2, RFC 7523 §2.2 and
 * §3, OpenID Connect Core §9): parses the assertion, and checks everything except its signature.
 */
import {
  assertHeader,
  digest,
  isTime,
  JwtError,
  namesOf,
  type ParsedJwt,
  parseJwt,
} from '@keywright/jwt';
import { type Core, policyOf } from '../../core.ts';
import { OAuthError } from '../../../model/errors.ts';
import type { HttpRequest } from '../../http/message.ts';
import type { Parameters } from '../../http/parameters.ts';
import type { Attempt, Credentials, Proof } from './credentials.ts';

/** RFC 7523 §2.2. */
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/**
 * RFC 8725 §3.11, as in draft-ietf-oauth-rfc7523bis: the type of client assertions, or a type that
 * libraries have always used. Every other type is refused.
 */
export const assertionTypes = ['', 'JWT', 'client-authentication+jwt'];

/**
 * FAPI 2.0 Security Profile §5.3.2.1: a time up to 10 s ahead is valid, and a time more than 60 s
 * ahead is not.
 */
export const skewSeconds = 60;
/**
 * The longest time until the end of an assertion, without differences of clocks. A used assertion
 * is remembered for this time. Authlib writes an hour.
 */
const longestSeconds = 3600;
/** The greatest age of an assertion. A client makes a new one for each request. */
const oldestSeconds = 3600;

/**
 * Undefined without an assertion. Throws client_authentication_failed for an assertion of another
 * type, and for a text that is not a JWT.
 */
export function readAssertion(parameters: Parameters): Credentials | undefined {
  const assertion = parameters.get('client_assertion');
  const type = parameters.get('client_assertion_type');
  if (assertion === undefined && type === undefined) return undefined;
  // RFC 7521 §4.2: both are required. SAML 2.0 (RFC 7522) is not supported.
  if (assertion === undefined || type !== assertionType) throw failed('client_assertion_type');
  const parsed = parse(assertion);
  const { sub } = parsed.claims;
  // RFC 7523 §3 (2B): the subject is the client_id.
  if (typeof sub !== 'string') throw failed('sub');
  const isHmac = String(parsed.header['alg']).startsWith('HS');
  return {
    method: isHmac ? 'client_secret_jwt' : 'private_key_jwt',
    clientId: sub,
    assertion: parsed,
  };
}

function parse(assertion: string): ParsedJwt {
  try {
    const parsed = parseJwt(assertion);
    assertHeader(parsed.header, assertionTypes);
    return parsed;
  } catch (error) {
    if (error instanceof JwtError) throw failed(error.note ?? error.reason);
    throw error;
  }
}

function failed(fault: string): OAuthError {
  return new OAuthError('client_authentication_failed', { log: { note: `assertion: ${fault}` } });
}

/**
 * Says why the client may not sign with this algorithm, by its registration or its policy.
 * Undefined if it may. Does not choose the key.
 */
export function refuseAlgorithm(
  core: Core,
  { client }: Attempt,
  algorithm: string,
): string | undefined {
  const registered = client.settings?.tokenEndpointAuthSigningAlg;
  if (registered !== undefined && !namesOf(registered).includes(algorithm))
    return 'alg is not the registered algorithm';
  const allowed = policyOf(core, client).signingAlgorithms;
  return allowed === undefined || allowed.includes(algorithm)
    ? undefined
    : 'its profile does not allow this alg';
}

/**
 * Call it after the signature was verified. Checks the claims (RFC 7523 §3), and then that the
 * assertion was not used before.
 */
export async function settleAssertion(
  core: Core,
  attempt: Attempt,
  assertion: ParsedJwt,
): Promise<Proof> {
  const fault = refuseClaims(core, attempt, assertion.claims);
  if (fault !== undefined) return claimFault(fault);
  // This check is last, so that an assertion that is refused for another reason is not used up.
  const isFirst = await takeOnce(core, attempt, assertion);
  return isFirst ? {} : claimFault('it was used before');
}

/** The client signed it, so the answer may say what is wrong. */
export function claimFault(words: string): Proof {
  return { fault: `Client assertion: ${words}.`, isDisclosed: true };
}

function refuseClaims(
  core: Core,
  attempt: Attempt,
  claims: ParsedJwt['claims'],
): string | undefined {
  const { client, request, now } = attempt;
  // RFC 7523 §3 (1), (2B); OpenID Connect Core §9.
  if (claims['iss'] !== client.id || claims['sub'] !== client.id)
    return 'iss must be the client_id, like sub';
  // RFC 9101 §10.8: a request object can have all of these claims, and passes through browsers. Old
  // ones have no type.
  if (claims['response_type'] !== undefined) return 'it is a request object';
  const { assertionAudience } = policyOf(core, client);
  if (!isMeantForUs(core, assertionAudience, request, claims['aud']))
    return audienceFaults[assertionAudience];
  const { jti } = claims;
  if (jti !== undefined && (typeof jti !== 'string' || jti === ''))
    return 'jti must be a text if present';
  return refuseTimes(claims, now);
}

const audienceFaults = {
  issuer: 'aud must be only the issuer, as one string',
  'issuer-or-endpoint': 'aud must be the issuer or the token endpoint',
};

/**
 * RFC 7523 §3 (3). A malicious server can pretend that an endpoint of this server is its own, and
 * make a client sign an assertion for that endpoint. So strict clients name only the issuer, as
 * one string (draft-ietf-oauth-rfc7523bis §4; FAPI 2.0 Security Profile §5.3.2.1).
 */
function isMeantForUs(
  { options }: Core,
  audience: keyof typeof audienceFaults,
  request: HttpRequest,
  aud: unknown,
): boolean {
  if (audience === 'issuer') return aud === options.issuer;
  // OpenID Connect Core §9 demands the token endpoint. RFC 9126 §2 and CIBA §7.1 also accept the
  // issuer and the endpoint that is called.
  const endpoints = [`${options.basePath}/token`, request.path];
  const origins = [options.origin, options.mutualTlsOrigin].filter(
    (origin) => origin !== undefined,
  );
  const good = [
    options.issuer,
    ...origins.flatMap((origin) => endpoints.map((path) => origin + path)),
  ];
  const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  return named.some((one) => typeof one === 'string' && good.includes(one));
}

function refuseTimes({ exp, nbf, iat }: ParsedJwt['claims'], now: number): string | undefined {
  // RFC 7523 §3 (4): required. RFC 7519 §4.1.4: not valid at this time or after it.
  if (!isTime(exp) || exp <= now) return 'exp must be in the future';
  // RFC 7523 §3 (4): "may reject JWTs with an "exp" claim value that is unreasonably far in the
  // future".
  if (exp > now + longestSeconds + skewSeconds)
    return `exp must be at most ${longestSeconds} seconds in the future`;
  // RFC 7523 §3 (5), (6).
  if (nbf !== undefined && (!isTime(nbf) || nbf > now + skewSeconds))
    return 'nbf must not be in the future';
  if (iat !== undefined && (!isTime(iat) || iat > now + skewSeconds || iat < now - oldestSeconds))
    return `iat must be in the last ${oldestSeconds} seconds`;
  return undefined;
}

/**
 * RFC 7523 §3 (7): an assertion is used once, by its `jti`. Without a `jti`, it is identified by
 * its text without the signature, because a signature can be written in several ways.
 */
function takeOnce(
  core: Core,
  { client, request }: Attempt,
  { claims, signingInput }: ParsedJwt,
): Promise<boolean> {
  core.markLimits.take(client, request.remoteAddress);
  const { jti, exp } = claims;
  const name = typeof jti === 'string' ? `jti ${jti}` : `text ${signingInput}`;
  // Rounded up, because the marker must not expire before the assertion.
  const until = Math.ceil(exp as number);
  return core.store.claims.take(`assertion ${digest(`${client.id} ${name}`)}`, until);
}
