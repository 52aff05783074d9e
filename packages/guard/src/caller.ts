/** Who calls, as an access token says it (RFC 9068 §2.2), or an API key. */
import { isName, type JsonObject, JwtError } from '@keywright/jwt';

/**
 * Who calls, as an access token (RFC 9068 §2.2) or an API key says it. Frozen all through: all
 * requests with one token share it.
 */
export interface Caller {
  /** A service calls on its own account: its subject is itself (RFC 9068 §5). */
  readonly kind: 'user' | 'service';
  readonly credential: 'access_token' | 'api_key';
  /** Who says so. */
  readonly issuer: string;
  /**
   * Stable id, unique within the issuer. Key your data by issuer and subject, never by an e-mail
   * address.
   */
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
 * Frozen all through: it is shared by all requests with one token. `scope` has its words parted by
 * spaces.
 */
export function createCaller(
  facts: Omit<Caller, 'kind' | 'scopes'> & { readonly scope: string },
): Caller {
  const { credential, issuer, subject, clientId, scope, claims, tokenId } = facts;
  return Object.freeze({
    kind: subject === clientId ? 'service' : 'user',
    credential,
    issuer,
    subject,
    clientId,
    scopes: new ScopeSet(scope),
    claims: freeze(claims),
    tokenId,
  });
}

/**
 * The caller of a verified access token. `named` holds what RFC 9068 §2.2 calls `sub`, `client_id`
 * and `scope`, where the token itself has other names for it.
 * @throws JwtError `token_malformed` when one that is required is missing or of another type
 */
export function callerOf(claims: JsonObject, issuer: string, named: JsonObject = claims): Caller {
  const { sub, client_id: clientId, scope = '' } = named;
  const { jti } = claims;
  if (!isName(sub) || !isName(clientId) || typeof scope !== 'string') {
    throw new JwtError('token_malformed', 'sub, client_id or scope');
  }
  const tokenId = typeof jti === 'string' ? jti : undefined;
  return createCaller({
    credential: 'access_token',
    issuer,
    subject: sub,
    clientId,
    scope,
    claims,
    tokenId,
  });
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
