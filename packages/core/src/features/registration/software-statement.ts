/**
 * Software statements (RFC 7591 §2.3, §3.1.1): signed metadata about a client, by an issuer that
 * the operator trusts. It overrides the metadata that the client sends.
 */
import { anyAudience, assertHeader, JwtError, keyOf, parseJwt, verifyParsed } from '@keywright/jwt';
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import { memberOf } from '../../kernel/http/json-body.ts';
import { createIssuerKeys } from '../../kernel/keys/issuer-keys.ts';
import type { Ports } from '../../model/ports.ts';
import type { StatementIssuer } from '../../kernel/policy/registration-options.ts';
import type { IssuerKeys, Statements } from '../../model/services.ts';
import type { JsonMembers } from '../../model/terms.ts';

/**
 * The metadata to register: the members of the statement override the sent ones (§2.3). It includes
 * the statement itself. `former`: the statement of a registration that is replaced.
 */
export async function withStatement(
  core: Core,
  body: JsonMembers,
  now: number,
  former?: string,
): Promise<JsonMembers> {
  const statement = memberOf(body, 'software_statement') ?? undefined;
  if (statement === undefined) {
    if (former === undefined) return body;
    // RFC 7592 §2.2: leaving a member out asks for its deletion, which the server MAY ignore. Here
    // it is ignored: the client was admitted with the content of the statement (RFC 7591 §2.3), and
    // must not choose these members by leaving the statement out. The statement was verified when
    // it was sent, and its expiry does not end the registration. Another statement of a trusted
    // issuer replaces it.
    return { ...body, ...parseJwt(former).claims, software_statement: former };
  }
  if (typeof statement !== 'string') throw new OAuthError('software_statement_invalid');
  const claims = await core.statements.verify(statement, now);
  return { ...body, ...claims, software_statement: statement };
}

/** `audience` is this server's issuer. */
export function createStatements(
  issuers: readonly StatementIssuer[],
  audience: string,
  ports: Pick<Ports, 'outbound' | 'externalWaits' | 'clock'>,
): Statements {
  const known = new Set(issuers.map(({ issuer }) => issuer));
  const keys = createIssuerKeys(issuers, ports);
  return {
    async verify(statement, now) {
      try {
        return await verify(known, keys, statement, audience, now);
      } catch (error) {
        if (error instanceof JwtError)
          throw new OAuthError('software_statement_invalid', { log: { note: error.reason } });
        throw error;
      }
    },
  };
}

async function verify(
  issuers: ReadonlySet<string>,
  keys: IssuerKeys,
  statement: string,
  audience: string,
  nowSeconds: number,
): Promise<JsonMembers> {
  const parsed = parseJwt(statement);
  // §2.3 defines no type, so it may be left out. An object with another type was made for another
  // purpose.
  assertHeader(parsed.header, ['', 'jwt']);
  const { iss } = parsed.claims;
  // §2.3: "The software statement MUST contain an "iss" (issuer) claim denoting the party attesting
  // to the claims".
  if (typeof iss !== 'string') throw new JwtError('token_malformed', 'no iss');
  // §3.2.2: "The software statement presented is not approved for use by this authorization
  // server."
  if (!issuers.has(iss)) throw new OAuthError('software_statement_unapproved');
  const { kid, algorithm } = keyOf(parsed.header);
  const key = await keys.resolve({ issuer: iss }, kid, algorithm);
  // §2.3 requires no expiry. Many statements are valid until their issuer withdraws its key.
  const claims: JsonMembers = { exp: Number.MAX_SAFE_INTEGER, ...parsed.claims };
  // RFC 7519 §4.1.3: a statement with an audience is valid only for that audience.
  const isForSome = claims['aud'] !== undefined;
  verifyParsed({ ...parsed, claims }, key, {
    issuer: iss,
    audience: isForSome ? audience : anyAudience,
    nowSeconds,
  });
  return parsed.claims;
}
