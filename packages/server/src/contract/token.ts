/**
 * Access tokens as the check sees them: a text to send, and the claims that can be read. The claims
 * are not verified.
 */
export type JsonRecord = Readonly<Record<string, unknown>>;

export interface Jwt {
  readonly header: JsonRecord;
  readonly claims: JsonRecord;
  /** The three parts as they were received. */
  readonly parts: readonly [header: string, payload: string, signature: string];
}

export interface Token {
  readonly text: string;
  /** Absent for an opaque token, and for a token that only the API can decrypt. */
  readonly jwt?: Jwt;
  /** In seconds since 1970, if it is known. */
  readonly expiresAt?: number;
}

/** `expiresIn` is the value that the authorization server sent. It counts from `now`. */
export function toToken(text: string, now = 0, expiresIn?: number): Token {
  const jwt = readJwt(text);
  const exp = jwt?.claims['exp'];
  const expiresAt =
    typeof exp === 'number' ? exp : expiresIn === undefined ? undefined : now + expiresIn;
  return {
    text,
    ...(jwt === undefined ? {} : { jwt }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}

function readJwt(text: string): Jwt | undefined {
  const [header = '', payload = '', signature = '', ...more] = text.split('.');
  if (more.length > 0 || signature === '') return undefined;
  const [readHeader, claims] = [readPart(header), readPart(payload)];
  if (readHeader === undefined || claims === undefined) return undefined;
  return { header: readHeader, claims, parts: [header, payload, signature] };
}

function readPart(part: string): JsonRecord | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? { ...value }
      : undefined;
  } catch {
    return undefined;
  }
}

/** RFC 6750 §2.1, b64token: the characters that an Authorization header may have. */
export function isSendable(text: string): boolean {
  return /^[A-Za-z0-9._~+/-]+=*$/.test(text);
}

/** Returns the values of `scope` (RFC 6749 §3.3), or of the list `scp` that some issuers use. */
export function scopesOf({ claims }: Jwt): readonly string[] {
  const scope = claims['scope'] ?? claims['scp'];
  if (Array.isArray(scope)) return scope.map(String);
  return typeof scope === 'string' ? scope.split(' ').filter((word) => word !== '') : [];
}

export function audiencesOf({ claims }: Jwt): readonly string[] {
  return [claims['aud'] ?? []].flat().map(String);
}
