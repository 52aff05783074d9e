/**
 * Judging an assertion (RFC 7523 §3): whose it is, that it is for this server, now, and for the
 * first time.
 */
import {
  anyAudience,
  assertHeader,
  type ClaimsExpectation,
  digest,
  isTime,
  type JsonObject,
  JwtError,
  keyOf,
  parseJwt,
  verifyParsed,
} from '@keywright/jwt';
import { type Core, policyOf } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import type { Client } from '../../model/entities.ts';
import type { AssertionIssuer } from '../../model/services.ts';
export interface Assertion {
  readonly issuer: AssertionIssuer;
  readonly subject: string;
  /** What it is remembered by once it was used, and until when. */
  readonly marker: { readonly id: string; readonly expiresAt: number };
}

/** Of any of these types, or of none (RFC 7523 bis, §4): never one that our own tokens have. */
const types = ['', 'JWT', 'authorization-grant+jwt'];
const toleranceSeconds = 30;
/**
 * §3, item 4: "reject JWTs with an exp claim value that is unreasonably far in the future". So long
 * each is remembered. An hour by its maker's clock is what libraries write.
 */
const longestAheadSeconds = 3600;
const longestId = 500;

/** Throws assertion_invalid for whatever is wrong with it, and keys_unavailable. Spends nothing. */
export async function verifyAssertion(
  core: Core,
  client: Client,
  text: string,
  now: number,
): Promise<Assertion> {
  try {
    const { issuer, claims, signingInput } = await verifySigned(core, client, text, now);
    assertAudience(core, client, claims['aud']);
    const expiresAt = claims['exp'] as number;
    if (expiresAt > now + longestAheadSeconds + toleranceSeconds)
      throw faultOf(`exp must be at most ${longestAheadSeconds} seconds in the future`);
    if (isTime(claims['iat']) && claims['iat'] > now + toleranceSeconds)
      throw faultOf('iat must not be in the future');
    const subject = textOf(claims, 'sub');
    // §3, item 7: by issuer and name. One without a name is its own: the signature aside, which can
    // be written in several ways.
    const name =
      claims['jti'] === undefined ? [signingInput] : [issuer.issuer, textOf(claims, 'jti')];
    const marker = {
      // The digest has one length, whatever was sent.
      id: `assertion:${digest(JSON.stringify(name))}`,
      // RFC 7519 §2: a time may have a fraction of a second.
      expiresAt: Math.ceil(expiresAt) + toleranceSeconds,
    };
    return { issuer, subject, marker };
  } catch (error) {
    if (!(error instanceof JwtError)) throw error;
    if (error.reason === 'keys_unavailable')
      throw new OAuthError('keys_unavailable', { retryAfterSeconds: 5 });
    throw refused(error.note ?? error.reason);
  }
}

/**
 * The key is chosen by the issuer, and the issuer is one that this client may bring: nothing else
 * of the assertion is believed before.
 */
async function verifySigned(core: Core, client: Client, text: string, now: number) {
  const parsed = parseJwt(text);
  assertHeader(parsed.header, types);
  const issuer = core.options.assertionIssuers.find((one) => one.issuer === parsed.claims['iss']);
  if (issuer === undefined || client.settings?.assertionIssuers?.includes(issuer.issuer) !== true)
    throw refused('this client may not send assertions of this iss');
  const { kid, algorithm } = keyOf(parsed.header);
  if (policyOf(core, client).signingAlgorithms?.includes(algorithm) === false)
    throw refused('the profile does not allow this algorithm');
  const key = await core.assertionKeys.resolve(issuer, kid, algorithm);
  const expected: ClaimsExpectation = {
    issuer: issuer.issuer,
    // What it may be is told apart by policy, in `assertAudience`.
    audience: anyAudience,
    nowSeconds: now,
    clockToleranceSeconds: toleranceSeconds,
  };
  const { claims } = verifyParsed(parsed, key, expected);
  return { issuer, claims, signingInput: parsed.signingInput };
}

/**
 * §3, item 3: this server must be in `aud`. The strict policy takes the issuer alone, as one
 * string: another server that is named too could use the assertion here (RFC 7523 bis, §4).
 */
function assertAudience(core: Core, client: Client, audience: unknown): void {
  const { issuer } = core.options;
  const own = [issuer, `${issuer}/token`];
  if (policyOf(core, client).assertionAudience === 'issuer') {
    if (audience !== issuer) throw faultOf('aud must be only the issuer, as one string');
  } else if (![audience].flat().some((one) => typeof one === 'string' && own.includes(one)))
    throw faultOf('aud must be the issuer or the token endpoint');
}

function textOf(claims: JsonObject, name: string): string {
  const value = claims[name];
  if (typeof value !== 'string' || value === '' || value.length > longestId)
    throw faultOf(`${name} is missing, or is not a text of up to ${longestId} characters`);
  return value;
}

/** What the issuer signed is wrong: the log and the client learn it (§3.1). */
function faultOf(words: string): OAuthError {
  return new OAuthError('assertion_invalid', {
    description: `Assertion: ${words}.`,
    log: { note: words },
  });
}

/**
 * For the log; the client is told no more than that it was refused: who has an account here, and
 * whose keys are known, is not its to learn.
 */
export function refused(note: string): OAuthError {
  return new OAuthError('assertion_invalid', { log: { note } });
}
