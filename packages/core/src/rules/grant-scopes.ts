/**
 * The built-in API with which clients see and end their grants (Grant Management §6). It has its
 * own audience and two scopes.
 */
import type { Api } from '../model/entities.ts';

/** §6.1. */
export const grantScopes = ['grant_management_query', 'grant_management_revoke'] as const;

export function grantsIdentifier(issuer: string): string {
  return `${issuer}/grants`;
}

/** The built-in API with which a client reads and revokes consents (Grant Management §6). */
export function grantsApi(issuer: string): Api {
  return {
    identifier: grantsIdentifier(issuer),
    name: 'Your consent for this application',
    scopes: [
      { name: 'grant_management_query', description: 'See your consent for this application' },
      {
        name: 'grant_management_revoke',
        description: 'Withdraw your consent for this application',
      },
    ],
    introspectors: [],
    tokenStatus: false,
    origin: 'built-in',
  };
}

export function isGrantScope(scope: string): boolean {
  return (grantScopes as readonly string[]).includes(scope);
}
