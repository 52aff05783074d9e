/** The caller that an access token (RFC 9068 §2.2) or an API key names. */
import { isName, type JsonObject, JwtError } from '@keywright/jwt';

/**
 * The caller that an access token (RFC 9068 §2.2) or an API key names. Frozen with all its members:
 * all requests with one token share it.
 */
export interface Caller {
  /** A service calls for itself: its subject is its client id (RFC 9068 §5). */
  readonly kind: 'user' | 'service';
  readonly credential: 'access_token' | 'api_key';
  /** The issuer of the credential. */
  readonly issuer: string;
  /**
   * A stable id, unique within the issuer. Use issuer and subject as the key of your data, and
   * never an e-mail address.
   */
  readonly subject: string;
  /** The client that calls. */
  readonly clientId: string;
  readonly scopes: ReadonlySet<string>;
  /** Every claim of the token, as it was signed. */
  readonly claims: JsonObject;
  /** `jti`, for logs. */
  readonly tokenId: string | undefined;
}

/**
 * Frozen with all its members, because all requests with one token share it. `scope` is a list
 * separated by spaces.
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
 * The caller of a verified access token. `named` has the values of `sub`, `client_id` and `scope`
 * of RFC 9068 §2.2, if the token has other names for them.
 * @throws JwtError `token_malformed` if a required claim is missing or of another type
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

/**
 * Object.freeze does not protect the content of a Set. This one cannot be changed once it is made.
 */
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
