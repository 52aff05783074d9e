/** The claims about a person (OpenID Connect Core §5.1): which scope releases which (§5.4), and those that were asked for one by one (§5.5). */
import { claimsOfScope, type OpenIdScope } from '@keywright/wire';
import type { Account, Client } from '../../model/entities.ts';

export type Claims = Readonly<Record<string, unknown>>;

const names: ReadonlyMap<string, readonly string[]> = new Map(Object.entries(claimsOfScope));

/** By claim, the one scope that it belongs to: what must have been agreed before it is released. */
const scopes: ReadonlyMap<string, OpenIdScope> = new Map(
  (Object.keys(claimsOfScope) as OpenIdScope[]).flatMap((scope) =>
    claimsOfScope[scope].map((name): [string, OpenIdScope] => [name, scope]),
  ),
);

/** For discovery: all that can be released about a person. */
export const claimNames: readonly string[] = [...scopes.keys()];

/** Undefined for a claim that nobody here knows (§5.5: ignored). */
export function scopeOfClaim(name: string): OpenIdScope | undefined {
  return scopes.get(name);
}

/** Those that a scope releases; none for a scope of an API. */
export function claimsOf(scope: string): readonly string[] {
  return names.get(scope) ?? [];
}

/** Of claims that were asked for one by one, those that belong to these scopes. */
export function namesWithin(wishes: Claims | undefined, granted: readonly string[]): readonly string[] {
  return Object.keys(wishes ?? {}).filter((name) => granted.includes(scopes.get(name) ?? ''));
}

/** Of a client whose ID tokens hold what its scopes release (OpenID Connect Core §5.4), all of that; of others none. */
export function namesForIdToken({ settings }: Client, granted: readonly string[]): readonly string[] {
  return settings?.idTokenClaims === 'from_scopes' ? granted.flatMap(claimsOf) : [];
}

/** What the scopes release, and the claims in `wanted`, with the subject as this client knows it. */
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

/** Only the named ones. */
export function pickClaims(account: Account, wanted: readonly string[]): Claims {
  const claims: Record<string, unknown> = {};
  addClaims(claims, account, wanted);
  return claims;
}

/** §5.3.2: a claim that is not there is left out; it is neither null nor empty. */
function addClaims(claims: Record<string, unknown>, account: Account, wanted: readonly string[]): void {
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
      // Whoever put it there had it checked (`checkClaims`), so that no name is one of the object's own.
      return scopes.has(name) ? account.claims?.[name] : undefined;
  }
}
