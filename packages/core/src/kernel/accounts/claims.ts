/**
 * The claims about a user (OpenID Connect Core §5.1): the claims of each scope (§5.4), and claims
 * that were requested one by one (§5.5).
 */
import { claimsOfScope, type OpenIdScope } from '@keywright/wire';
import type { Account, Client } from '../../model/entities.ts';

export type Claims = Readonly<Record<string, unknown>>;

const names: ReadonlyMap<string, readonly string[]> = new Map(Object.entries(claimsOfScope));

/** The scope of each claim. The user must agree to it before the claim is released. */
const scopes: ReadonlyMap<string, OpenIdScope> = new Map(
  (Object.keys(claimsOfScope) as OpenIdScope[]).flatMap((scope) =>
    claimsOfScope[scope].map((name): [string, OpenIdScope] => [name, scope]),
  ),
);

/** For discovery: all claims that can be released. */
export const claimNames: readonly string[] = [...scopes.keys()];

/** Undefined for an unknown claim (§5.5: ignored). */
export function scopeOfClaim(name: string): OpenIdScope | undefined {
  return scopes.get(name);
}

/** The claims that a scope releases. None for a scope of an API. */
export function claimsOf(scope: string): readonly string[] {
  return names.get(scope) ?? [];
}

/** Of the claims that were requested one by one, those of these scopes. */
export function namesWithin(
  wishes: Claims | undefined,
  granted: readonly string[],
): readonly string[] {
  return Object.keys(wishes ?? {}).filter((name) => granted.includes(scopes.get(name) ?? ''));
}

/**
 * For a client whose ID tokens contain the claims of its scopes (OpenID Connect Core §5.4): all of
 * them. For others none.
 */
export function namesForIdToken(
  { settings }: Client,
  granted: readonly string[],
): readonly string[] {
  return settings?.idTokenClaims === 'from_scopes' ? granted.flatMap(claimsOf) : [];
}

/** The claims of the scopes, and the claims in `wanted`, with the subject for this client. */
export function openIdClaims(
  account: Account,
  subject: string,
  granted: readonly string[],
  wanted: readonly string[] = [],
): Claims {
  const claims: Record<string, unknown> = { sub: subject };
  for (const scope of granted) addClaims(claims, account, claimsOf(scope));
  addClaims(claims, account, wanted);
  return claims;
}

/** Only the named claims. */
export function pickClaims(account: Account, wanted: readonly string[]): Claims {
  const claims: Record<string, unknown> = {};
  addClaims(claims, account, wanted);
  return claims;
}

/** §5.3.2: a missing claim is left out. It is neither null nor empty. */
function addClaims(
  claims: Record<string, unknown>,
  account: Account,
  wanted: readonly string[],
): void {
  for (const name of wanted) {
    const value = claimOf(account, name);
    if (value !== undefined) claims[name] = value;
  }
}

function claimOf(account: Account, name: string): unknown {
  switch (name) {
    case 'name':
      return account.name;
    case 'email':
      return account.email;
    case 'email_verified':
      return account.emailVerified;
    default:
      // The values were checked when they were stored (`checkClaims`), so no name is one of
      // Object.prototype.
      return scopes.has(name) ? account.claims?.[name] : undefined;
  }
}
