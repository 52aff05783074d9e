/** Checks an assertion (RFC 7523 §3): its issuer, its audience, its times, and its first use. */
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
  /** The replay marker of its use, with its end. */
  readonly marker: { readonly id: string; readonly expiresAt: number };
}

/**
 * One of these types, or none (RFC 7523 bis, §4). Never a type that tokens of this server have.
 */
const types = ['', 'JWT', 'authorization-grant+jwt'];
const toleranceSeconds = 30;
/**
 * §3, item 4: "reject JWTs with an exp claim value that is unreasonably far in the future". Each
 * used assertion is stored for this time. Libraries write an hour by the clock of the issuer.
 */
const longestAheadSeconds = 3600;
const longestId = 500;

/** Throws assertion_invalid for every fault in it, and keys_unavailable. Spends nothing. */
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
    // §3, item 7: by issuer and `jti`. Without a `jti`, by its text without the signature, because
    // a signature can be written in several ways.
    const name =
      claims['jti'] === undefined ? [signingInput] : [issuer.issuer, textOf(claims, 'jti')];
    const marker = {
      // The digest has one length for any text.
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
 * The issuer selects the keys, and the client must be allowed to send assertions of this issuer.
 * Nothing else in the assertion is trusted before.
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
    // `assertAudience` checks it by the policy.
    audience: anyAudience,
    nowSeconds: now,
    clockToleranceSeconds: toleranceSeconds,
  };
  const { claims } = verifyParsed(parsed, key, expected);
  return { issuer, claims, signingInput: parsed.signingInput };
}

/**
 * §3, item 3: this server must be in `aud`. The strict policy accepts only the issuer, as one
 * string. Otherwise another server in `aud` could use the assertion here (RFC 7523 bis, §4).
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

/** A fault in what the issuer signed. The log and the client learn it (§3.1). */
function faultOf(words: string): OAuthError {
  return new OAuthError('assertion_invalid', {
    description: `Assertion: ${words}.`,
    log: { note: words },
  });
}

/**
 * For the log. The client only learns that the assertion was refused. It must not learn which
 * accounts exist, or which keys are known.
 */
export function refused(note: string): OAuthError {
  return new OAuthError('assertion_invalid', { log: { note } });
}
