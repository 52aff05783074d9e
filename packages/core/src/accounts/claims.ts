/** The claims about a person that scopes release (OpenID Connect Core §5.4). */
import { claimsOfScope, type OpenIdScope } from '@keywright/wire';
import type { Account } from '../model.ts';
import { isOpenIdScope } from '../rules/target.ts';

export function openIdClaims(account: Account, scopes: readonly string[]): Readonly<Record<string, unknown>> {
  const all: Readonly<Record<string, unknown>> = {
    sub: account.id,
    name: account.name,
    email: account.email,
    email_verified: account.emailVerified,
  };
  const names = scopes.filter(isOpenIdScope).flatMap((scope) => claimsOfScope[scope as OpenIdScope]);
  return Object.fromEntries(names.map((name) => [name, all[name]]));
}
