/** Who calls, as an access token says it (RFC 9068 §2.2). */
import { type JsonObject, JwtError } from '@keywright/jwt';

export interface Caller {
  /** A service calls on its own account: its subject is itself (RFC 9068 §5). */
  readonly kind: 'user' | 'service';
  /** Stable id, unique within the issuer. Key your data by it, never by an e-mail address. */
  readonly subject: string;
  /** The application that calls. */
  readonly clientId: string;
  readonly scopes: ReadonlySet<string>;
  /** Every claim of the token, as it was signed. */
  readonly claims: JsonObject;
  /** `jti`, for logs. */
  readonly tokenId: string | undefined;
}

/**
 * The caller of a verified access token. Frozen: it is shared by all requests with this token.
 * @throws JwtError `token_malformed` when a claim that RFC 9068 §2.2 requires is missing or of another type
 */
export function callerOf(claims: JsonObject): Caller {
  const { sub, client_id: clientId, scope = '', jti } = claims;
  if (!isName(sub) || !isName(clientId) || typeof scope !== 'string') {
    throw new JwtError('token_malformed', 'sub, client_id or scope');
  }
  return Object.freeze({
    kind: sub === clientId ? 'service' : 'user',
    subject: sub,
    clientId,
    scopes: new ScopeSet(scope),
    claims: freeze(claims),
    tokenId: typeof jti === 'string' ? jti : undefined,
  });
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** Object.freeze does not close a Set: this one cannot be changed once it is made. */
class ScopeSet extends Set<string> {
  constructor(scope: string) {
    super();
    for (const one of scope.split(' ')) if (one !== '') super.add(one);
  }

  override add(): never {
    throw new TypeError('The scopes of a caller are what its token says.');
  }

  override delete(): never {
    return this.add();
  }

  override clear(): never {
    return this.add();
  }
}

function freeze<T extends object>(value: T): T {
  for (const child of Object.values(value)) {
    if (typeof child === 'object' && child !== null) freeze(child as object);
  }
  return Object.freeze(value);
}
