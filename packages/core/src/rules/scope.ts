/** RFC 6749 §3.3. */
import { OAuthError } from '../model/errors.ts';

const maxScopes = 100;
// scope-token = 1*( %x21 / %x23-5B / %x5D-7E )
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

export function isScopeToken(value: string): boolean {
  return scopeToken.test(value);
}

/**
 * The scopes of a `scope` parameter, in order, each once. Throws scope_invalid if one is malformed.
 */
export function parseScope(text: string): readonly string[] {
  const scopes = new Set(text.split(' '));
  if (scopes.size > maxScopes)
    throw new OAuthError('scope_invalid', { description: 'scope has too many values.' });
  for (const scope of scopes)
    if (!scopeToken.test(scope))
      throw new OAuthError('scope_invalid', { description: 'scope is malformed.' });
  return [...scopes];
}

/** Throws scope_invalid unless every scope is in the ceiling. */
export function assertScopesWithin(scopes: readonly string[], ceiling: readonly string[]): void {
  const beyond = scopes.findIndex((scope) => !ceiling.includes(scope));
  if (beyond === -1) return;
  // By its position, because values of the request are not repeated.
  throw new OAuthError('scope_invalid', {
    description: `Value ${beyond + 1} of scope is unknown, or this client may not have it.`,
  });
}
