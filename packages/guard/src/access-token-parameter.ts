/** The parameter `access_token` of queries and forms (RFC 6750 §2.2, §2.3), found without parsing what cannot hold it. */
const parameter = 'access_token';

/** All its values in an urlencoded text; undefined when there are none. */
export function accessTokensIn(encoded: string): readonly string[] | undefined {
  // Its name may be written with escapes too.
  if (!encoded.includes(parameter) && !encoded.includes('%')) return undefined;
  return accessTokensOf(new URLSearchParams(encoded));
}

export function accessTokensOf(parameters: URLSearchParams): readonly string[] | undefined {
  const values = parameters.getAll(parameter);
  return values.length === 0 ? undefined : values;
}

/** The form without its token: handlers have no use for it, and it must not end up in what they store or show. */
export function withoutAccessToken(form: URLSearchParams): URLSearchParams {
  const rest = new URLSearchParams(form);
  rest.delete(parameter);
  return rest;
}

/** RFC 6750 §2.2: never with GET, where a body means nothing. */
export function mayCarryForm(method: string | undefined): boolean {
  return method !== 'GET' && method !== 'HEAD';
}

export function isForm(contentType: string | null | undefined): boolean {
  return /^\s*application\/x-www-form-urlencoded\s*(?:;|$)/i.test(contentType ?? '');
}
