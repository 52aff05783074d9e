/**
 * The API of the server itself: the functions of Keywright that other programs may use. It is built
 * in, and not in the store. Its tokens need client credentials with `resource=<issuer>/admin`. Only
 * first-party services get them (`mayAdminister`).
 */
import type { Api } from '../../model/entities.ts';
import type { Features } from '../../model/features.ts';

export const adminScopes = [
  'permissions:read',
  'permissions:write',
  'permissions:check',
  'tokens:revoke',
  'clients:read',
  'clients:write',
  'clients:trust',
  'keys:write',
  'requests:answer',
  'registration:write',
  'accounts:manage',
  'accounts:password',
] as const;
export type AdminScope = (typeof adminScopes)[number];

const descriptions: Readonly<Record<AdminScope, string>> = {
  'permissions:read': 'See all permissions',
  'permissions:write': 'Change permissions',
  'permissions:check': 'Ask for decisions about permissions',
  'tokens:revoke': 'End every session and token of a user',
  'clients:read': 'See all applications',
  'clients:write': 'Add, change, disable and enable applications, and renew their secrets',
  'clients:trust': 'Decide which applications are trusted, so that some of them need no consent',
  'keys:write': 'Make new signing keys, and withdraw former ones',
  'requests:answer': 'Answer requests for approval instead of the user',
  'registration:write': 'Let an application register itself',
  'accounts:manage': 'See, disable and enable accounts, and invite people',
  'accounts:password': 'Set the password of any account, and so sign in as its user',
};

export function adminIdentifier(issuer: string): string {
  return `${issuer}/admin`;
}

/**
 * The built-in admin API, without the scopes of features that are off. Without `features`, it has
 * all scopes.
 */
export function adminApi(issuer: string, features?: Features): Api {
  const isOn = (scope: AdminScope) =>
    scope !== 'tokens:revoke' || features?.globalTokenRevocation !== false;
  return {
    identifier: adminIdentifier(issuer),
    name: 'Keywright administration',
    scopes: adminScopes.filter(isOn).map((name) => ({ name, description: descriptions[name] })),
    introspectors: [],
    tokenStatus: false,
    origin: 'built-in',
  };
}

export function isAdminScope(scope: string): scope is AdminScope {
  return (adminScopes as readonly string[]).includes(scope);
}

/**
 * Adds a built-in API to stored ones. A stored API with its identifier, and stored scopes of the
 * same name, are left out.
 */
export function withBuiltInApi(stored: readonly Api[], builtIn: Api): readonly Api[] {
  const own = new Set(builtIn.scopes.map(({ name }) => name));
  const others = stored
    .filter((api) => api.identifier !== builtIn.identifier)
    .map((api) =>
      api.scopes.some(({ name }) => own.has(name))
        ? { ...api, scopes: api.scopes.filter(({ name }) => !own.has(name)) }
        : api,
    );
  return [...others, builtIn];
}
