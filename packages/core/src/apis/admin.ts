/**
 * The server's own API: what of Keywright other programs may run. It is built in, and in no store. Its tokens are had by client
 * credentials with `resource=<issuer>/admin`, by first-party services alone (`mayAdminister`).
 */
import type { Api } from '../model.ts';

export const adminScopes = ['permissions:read', 'permissions:write', 'permissions:check'] as const;
export type AdminScope = (typeof adminScopes)[number];

const descriptions: Readonly<Record<AdminScope, string>> = {
  'permissions:read': 'See who may do what',
  'permissions:write': 'Change who may do what',
  'permissions:check': 'Ask whether somebody may do something',
};

export function adminIdentifier(issuer: string): string {
  return `${issuer}/admin`;
}

export function adminApi(issuer: string): Api {
  return {
    identifier: adminIdentifier(issuer),
    name: 'Keywright administration',
    scopes: adminScopes.map((name) => ({ name, description: descriptions[name] })),
    introspectors: [],
    tokenStatus: false,
    origin: 'built-in',
  };
}

export function isAdminScope(scope: string): boolean {
  return (adminScopes as readonly string[]).includes(scope);
}

/** What an API of this name or with these scopes would be in the store counts for nothing: the built-in one has them. */
export function withAdminApi(stored: readonly Api[], admin: Api): readonly Api[] {
  const others = stored
    .filter((api) => api.identifier !== admin.identifier)
    .map((api) =>
      api.scopes.some(({ name }) => isAdminScope(name))
        ? { ...api, scopes: api.scopes.filter(({ name }) => !isAdminScope(name)) }
        : api,
    );
  return [...others, admin];
}
