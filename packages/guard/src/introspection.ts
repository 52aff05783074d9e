/**
 * Opaque access tokens: the issuer is asked (RFC 7662). One request at a time for each token, and
 * few at once in total. Answers are remembered for seconds, positive and negative ones. Does not
 * support signed answers (RFC 9701).
 */
import {
  BoundedMap,
  differs,
  type JsonObject,
  JwtError,
  type OutboundSend,
  type RemoteKeySet,
} from '@keywright/jwt';
import { GuardRefusal } from './guard-refusal.ts';
import type { IssuerMetadata } from './issuer-metadata.ts';
import type { IntrospectionOptions, ServiceClient } from './options.ts';
import { factsOf } from './token-claims.ts';
import type { Verified } from './verified-tokens.ts';

export interface IntrospectorOptions extends IntrospectionOptions {
  readonly issuer: string;
  readonly client: ServiceClient;
  readonly audience: string;
  readonly metadata: IssuerMetadata;
  readonly keys: RemoteKeySet;
  readonly send: OutboundSend;
  /** In milliseconds. */
  readonly clock: () => number;
  readonly clockToleranceSeconds: number;
  readonly onFailed: (error: unknown) => void;
}

export interface Introspector {
  /**
   * What the issuer says about a token. `digest` identifies the token. The answer may be remembered
   * until its `endsAt`. Rejects with JwtError, or with GuardRefusal `introspection_unavailable`,
   * `overloaded`.
   */
  inspect(token: string, digest: string): Promise<Verified>;
}

/**
 * Requests in progress. Further ones are refused, except for tokens that were valid before: in a
 * flood, each new token costs the issuer one request.
 */
const mostPending = 200;
const mostGood = 10_000;
/**
 * A refused token is asked about again soon, because it may be newer than the data of the issuer's
 * node.
 */
const refused = { limit: 2000, seconds: 2 };

export function createIntrospector(options: IntrospectorOptions): Introspector {
  const { clock } = options;
  const pending = new Map<string, Promise<Verified>>();
  const good = new BoundedMap<string, true>(mostGood);
  const refusals = new BoundedMap<string, { readonly error: JwtError; readonly until: number }>(
    refused.limit,
  );

  async function inspect(token: string, digest: string): Promise<Verified> {
    const answer = await ask(token, options);
    try {
      const verified = judge(answer, options);
      good.set(digest, true);
      return verified;
    } catch (error) {
      if (!(error instanceof JwtError)) throw unavailable(error, options);
      good.delete(digest);
      refusals.set(digest, { error, until: clock() + refused.seconds * 1000 });
      throw error;
    }
  }

  return {
    async inspect(token, digest) {
      const known = refusals.get(digest);
      if (known !== undefined && clock() < known.until) throw known.error;
      const underWay = pending.get(digest);
      if (underWay !== undefined) return underWay;
      if (pending.size >= mostPending && good.get(digest) === undefined)
        throw new GuardRefusal('overloaded', { note: 'introspections' });
      const asked = inspect(token, digest).finally(() => pending.delete(digest));
      pending.set(digest, asked);
      return asked;
    },
  };
}

/** RFC 7662 §2.1. The token is only in the body, and never in the address or in an error. */
async function ask(token: string, options: IntrospectorOptions): Promise<JsonObject> {
  try {
    const { text } = await options.send(await endpointOf(options), {
      method: 'POST',
      headers: {
        authorization: basicCredentials(options.client),
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({ token, token_type_hint: 'access_token' }).toString(),
      accept: 'application/json',
    });
    const answer: unknown = JSON.parse(text);
    if (typeof (answer as { active?: unknown } | null)?.active === 'boolean')
      return answer as JsonObject;
    throw new TypeError('The answer does not say whether the token is active (RFC 7662 §2.2).');
  } catch (error) {
    throw unavailable(error, options);
  }
}

async function endpointOf({ endpoint, metadata }: IntrospectorOptions): Promise<string> {
  return endpoint ?? metadata.find('introspection_endpoint');
}

function unavailable(error: unknown, { metadata, onFailed }: IntrospectorOptions): GuardRefusal {
  // The endpoint may have moved.
  metadata.forget();
  onFailed(error);
  return new GuardRefusal('introspection_unavailable');
}

/** RFC 6749 §2.3.1: both are form-encoded before they are joined. */
export function basicCredentials({ id, secret }: ServiceClient): string {
  const [user, password] = [id, secret].map((one) =>
    new URLSearchParams({ '': one }).toString().slice(1),
  );
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

function judge(answer: JsonObject, options: IntrospectorOptions): Verified {
  const { issuer, keys, clock } = options;
  if (answer['active'] !== true) throw new JwtError('token_inactive');
  assertType(answer['token_type']);
  if (answer['iss'] !== undefined && answer['iss'] !== issuer) {
    throw new JwtError('token_issuer_wrong', differs('iss', answer['iss'], issuer));
  }
  assertAudience(answer['aud'], options);
  const now = clock();
  const endsAt = Math.min(endOf(answer, now, options), now + (options.cacheSeconds ?? 5) * 1000);
  const facts = factsOf(answer, issuer, namedClaimsOf(answer, options));
  // RFC 9449 §6.2: an answer that says DPoP must name the key. Otherwise the binding could not be
  // checked.
  if (/^dpop$/i.test(String(answer['token_type'])) && facts.binding?.keyThumbprint === undefined) {
    throw new JwtError('token_binding_wrong', 'no cnf.jkt');
  }
  return { ...facts, status: undefined, endsAt, source: keys, key: undefined, keys: undefined };
}

/** Issuers also answer for other credentials. A refresh token or an API key is no access token. */
function assertType(type: unknown): void {
  const isAccessToken =
    type === undefined ||
    (typeof type === 'string' && /^(?:bearer|dpop|access_token)$/i.test(type));
  if (!isAccessToken) throw new JwtError('token_type_wrong', 'token_type');
}

function assertAudience(aud: unknown, options: IntrospectorOptions): void {
  if (aud === undefined && options.dangerouslyAllowMissingAudience === true) return;
  const isOurs = Array.isArray(aud) ? aud.includes(options.audience) : aud === options.audience;
  if (!isOurs) throw new JwtError('token_audience_wrong', differs('aud', aud, options.audience));
}

/** In milliseconds. Infinity if the issuer does not say. */
function endOf(
  { exp, nbf }: JsonObject,
  now: number,
  { clockToleranceSeconds }: IntrospectorOptions,
): number {
  const latest = now / 1000 + clockToleranceSeconds;
  if (nbf !== undefined && !(typeof nbf === 'number' && nbf <= latest)) {
    throw new JwtError('token_not_yet_valid');
  }
  if (exp === undefined) return Number.POSITIVE_INFINITY;
  if (typeof exp !== 'number') throw new JwtError('token_malformed', 'exp');
  if (now >= exp * 1000) throw new JwtError('token_expired');
  return exp * 1000;
}

function namedClaimsOf(answer: JsonObject, options: IntrospectorOptions): JsonObject {
  const { sub, client_id: clientId } = answer;
  const isService = sub === undefined && options.dangerouslyTakeMissingSubjectAsClient === true;
  return isService ? { ...answer, sub: clientId } : answer;
}
