/**
 * The parameter `access_token` of queries and forms (RFC 6750 §2.2, §2.3). Text that cannot contain
 * it is not parsed.
 */
const parameter = 'access_token';
const none: readonly string[] = [];

/** All values of the parameter in the query of a target. */
export function accessTokensIn(target: string): readonly string[] {
  const query = target.indexOf('?');
  if (query === -1) return none;
  // The name may be written with escapes too.
  const encoded = target.slice(query + 1);
  const isPossible = encoded.includes(parameter) || encoded.includes('%');
  return isPossible ? accessTokensOf(new URLSearchParams(encoded)) : none;
}

export function accessTokensOf(parameters: URLSearchParams | undefined): readonly string[] {
  return parameters === undefined ? none : parameters.getAll(parameter);
}

/** The form without its token: handlers do not need it, and it must not be stored or shown. */
export function withoutAccessToken(form: URLSearchParams): URLSearchParams {
  const rest = new URLSearchParams(form);
  rest.delete(parameter);
  return rest;
}

/** RFC 6750 §2.2: not with GET, where a body has no meaning. */
export function mayCarryForm(method: string | undefined): boolean {
  return method !== 'GET' && method !== 'HEAD';
}

export function isForm(contentType: string | null | undefined): boolean {
  return /^\s*application\/x-www-form-urlencoded\s*(?:;|$)/i.test(contentType ?? '');
}
