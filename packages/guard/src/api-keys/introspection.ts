/**
 * Looks up each key at the issuer (docs/api-keys.md §7, RFC 7662), for an API that must not hold
 * the list of all keys.
 */
import { type ApiKeyText, BoundedMap, type JsonObject } from '@keywright/jwt';
import { isWithin } from '../followed-document.ts';
import { GuardRefusal } from '../guard-refusal.ts';
import type { AuthorizedParts } from '../parts.ts';
import type { KeyBook } from './key-book.ts';
import { type KeyOrigin, type KnownKey, readKnownKey } from './known-key.ts';

/** Finds the address of the introspection endpoint. */
type FindEndpoint = () => Promise<string>;

interface Answer {
  readonly known: KnownKey | undefined;
  readonly askedAt: number;
}

/** A revoked key may be accepted for so long. */
const answerMs = 3000;
/** For so long after a failure, no request waits for another try. */
const restMs = 1000;
const limits = { answers: 10_000, asking: 64 };

export function createIntrospectionBook(
  parts: AuthorizedParts,
  findEndpoint: FindEndpoint,
): KeyBook {
  const { clock } = parts;
  /** By digest. The keys themselves are not stored. */
  const good = new BoundedMap<string, Answer>(limits.answers);
  /**
   * Invalid keys are remembered too, so that guesses are not asked about again. They have their own
   * map, so that guesses do not push out valid keys.
   */
  const bad = new BoundedMap<string, Answer>(limits.answers);
  const asking = new Map<string, Promise<Answer>>();
  let failedAt = Number.NEGATIVE_INFINITY;

  async function ask({ id, digest }: ApiKeyText, text: string): Promise<Answer> {
    const askedAt = clock();
    try {
      const claims = await introspect(text, parts, findEndpoint);
      const origin = { issuer: parts.issuer.issuer, audience: parts.audience };
      const answer = { known: knownOf(claims, { id, digest }, origin), askedAt };
      good.delete(digest);
      (answer.known === undefined ? bad : good).set(digest, answer);
      return answer;
    } catch (error) {
      failedAt = clock();
      parts.onFailed(error);
      throw new GuardRefusal('api_keys_unavailable');
    } finally {
      asking.delete(digest);
    }
  }

  function assertMayAsk(isStranger: boolean): void {
    if (isWithin(failedAt, clock(), restMs)) throw new GuardRefusal('api_keys_unavailable');
    // Invented keys can use up these places only: the issuer is still asked about a key that was
    // valid before.
    if (isStranger && asking.size >= limits.asking) throw new GuardRefusal('overloaded');
  }

  return {
    async find(read, text) {
      const answer = good.get(read.digest) ?? bad.get(read.digest);
      if (answer !== undefined && isWithin(answer.askedAt, clock(), answerMs)) return answer.known;
      let pending = asking.get(read.digest);
      if (pending === undefined) {
        assertMayAsk(answer?.known === undefined);
        pending = ask(read, text);
        asking.set(read.digest, pending);
      }
      return (await pending).known;
    },
  };
}

async function introspect(
  text: string,
  { outbound, authorization }: AuthorizedParts,
  findEndpoint: FindEndpoint,
): Promise<JsonObject> {
  const reply = await outbound.send(await findEndpoint(), {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ token: text, token_type_hint: 'api_key' }).toString(),
    accept: 'application/json',
  });
  return JSON.parse(reply.text) as JsonObject;
}

/**
 * RFC 7662 §2.2: without `active: true` the key is invalid. All other members must belong to this
 * key and this API.
 */
function knownOf(
  claims: JsonObject,
  { id, digest }: Pick<ApiKeyText, 'id' | 'digest'>,
  origin: KeyOrigin,
): KnownKey | undefined {
  if (claims['active'] !== true || claims['token_type'] !== 'api_key') return undefined;
  if (claims['jti'] !== id || !isAudience(claims['aud'], origin.audience)) return undefined;
  const { client_id, scope = '', environment: env, exp, networks } = claims;
  return readKnownKey({ id, sha256: digest, client_id, env, scope, exp, networks }, origin);
}

function isAudience(aud: unknown, audience: string): boolean {
  return Array.isArray(aud) ? aud.includes(audience) : aud === audience;
}
