/**
 * The parameter `claims` (OpenID Connect Core §5.5): claims that are requested one by one, the
 * required strength of the sign-in (`acr`), and the required user (`sub`). Only consent decides
 * what is released: a claim belongs to a scope (§5.4), and the user is asked for that scope with
 * its text. Not supported: `value` and `values` of other claims, which are no promise (§5.5.1), and
 * language tags (§5.2), because texts are stored in one language.
 */
import { isObject, type JsonObject, parseJsonObject } from '@keywright/jwt';
import { namesWithin, scopeOfClaim } from '../../kernel/accounts/claims.ts';
import { OAuthError } from '../../model/errors.ts';
import type { Client } from '../../model/entities.ts';
import type { ClaimsRequest, AcrWish } from '../../model/terms.ts';
export interface WantedClaims {
  /** The claims that this server knows and this client may have. */
  readonly claims?: ClaimsRequest;
  /** The scopes that the user must agree to for them, in addition to the requested scopes. */
  readonly claimScopes?: readonly string[];
  readonly acr?: AcrWish;
  /** The user, by the subject that the client knows. */
  readonly subject?: string;
}

type Wishes = Readonly<Record<string, JsonObject | null>>;

/** Throws parameter_malformed if the form of §5.5 is violated. Unknown members are ignored. */
export function parseClaimsRequest(
  text: string,
  scopes: readonly string[],
  client: Client,
): WantedClaims {
  const request = parseJsonObject(Buffer.from(text));
  if (request === undefined) throw malformed('must be one JSON object, with each member once');
  const atUserinfo = wishesOf(request, 'userinfo');
  const inIdToken = wishesOf(request, 'id_token');
  const userinfo = releasable(atUserinfo, client).filter((name) => !scopes.includes(scopeOf(name)));
  const idToken = releasable(inIdToken, client);
  const claimScopes = [...new Set([...userinfo, ...idToken].map(scopeOf))].filter(
    (scope) => !scopes.includes(scope),
  );
  const acr = acrOf(inIdToken['acr']);
  const subject = subjectOf(atUserinfo['sub'], inIdToken['sub']);
  return {
    ...(userinfo.length + idToken.length > 0 ? { claims: claimsOf(userinfo, idToken) } : {}),
    ...(claimScopes.length > 0 ? { claimScopes } : {}),
    ...(acr !== undefined ? { acr } : {}),
    ...(subject !== undefined ? { subject } : {}),
  };
}

/** The claims that are left after the user agreed to these scopes. Undefined if none is left. */
export function claimsWithin(
  claims: ClaimsRequest | undefined,
  agreed: readonly string[],
): ClaimsRequest | undefined {
  const userinfo = namesWithin(claims?.userinfo, agreed);
  const idToken = namesWithin(claims?.id_token, agreed);
  return userinfo.length + idToken.length > 0 ? claimsOf(userinfo, idToken) : undefined;
}

function claimsOf(userinfo: readonly string[], idToken: readonly string[]): ClaimsRequest {
  const named = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, null]));
  return {
    ...(userinfo.length > 0 ? { userinfo: named(userinfo) } : {}),
    ...(idToken.length > 0 ? { id_token: named(idToken) } : {}),
  };
}

/** §5.5: the members `userinfo` and `id_token`; any others are ignored. */
function wishesOf(request: JsonObject, member: string): Wishes {
  const wishes = request[member];
  if (wishes === undefined) return {};
  if (!isObject(wishes)) throw malformed(`${member} must be an object`);
  for (const [name, wish] of Object.entries(wishes))
    if (wish !== null && !isWish(wish))
      throw malformed(
        `${member}.${name} must be null or a value of OpenID Connect Core section 5.5.1`,
      );
  return wishes as Wishes;
}

/** §5.5.1: `essential` is a boolean, `values` an array; other members are ignored. */
function isWish(wish: unknown): boolean {
  if (!isObject(wish)) return false;
  const { essential, values } = wish;
  return (essential === undefined || typeof essential === 'boolean') && isListOrAbsent(values);
}

function isListOrAbsent(values: unknown): boolean {
  return values === undefined || (Array.isArray(values) && values.length > 0);
}

/**
 * A claim outside of the client's scopes counts as unknown. It is left out, which is no error
 * (§5.5.1).
 */
function releasable(wishes: Wishes, client: Client): readonly string[] {
  return namesWithin(wishes, client.scopes).filter((name) => scopeOfClaim(name) !== 'openid');
}

function scopeOf(claim: string): string {
  return scopeOfClaim(claim) ?? '';
}

/**
 * §5.5.1.1. Without a value, any context is sufficient, and the client learns which one it was.
 */
function acrOf(wish: JsonObject | null | undefined): AcrWish | undefined {
  if (wish === undefined) return undefined;
  return { values: textsOf(wish, 'acr'), essential: wish?.['essential'] === true };
}

/** §3.1.2.2, §5.5.1: at most one user. Two different ones are a contradiction. */
function subjectOf(...wishes: readonly (JsonObject | null | undefined)[]): string | undefined {
  const subjects = new Set(wishes.flatMap((wish) => textsOf(wish, 'sub')));
  if (subjects.size > 1) throw malformed('sub must name one user');
  return [...subjects][0];
}

function textsOf(wish: JsonObject | null | undefined, name: string): readonly string[] {
  const { value, values = [] } = wish ?? {};
  const all = [...(value === undefined ? [] : [value]), ...(values as readonly unknown[])];
  if (!all.every((one) => typeof one === 'string'))
    throw malformed(`${name} has a value that is not text`);
  return all;
}

function malformed(what: string): OAuthError {
  return new OAuthError('parameter_malformed', { description: `claims: ${what}.` });
}
