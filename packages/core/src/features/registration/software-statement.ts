/**
 * Software statements (RFC 7591 §2.3, §3.1.1): what somebody whom the operator trusts says of a
 * client, signed. It wins over what the client says.
 */
import {
  anyAudience,
  assertHeader,
  createRemoteKeySet,
  importKeySet,
  JwtError,
  keyOf,
  type KeySet,
  parseJwt,
  type RemoteKeySet,
  verifyParsed,
} from '@keywright/jwt';
import type { Core } from '../../kernel/core.ts';
import { OAuthError } from '../../model/errors.ts';
import { memberOf } from '../../kernel/http/json-body.ts';
import { waitOutside } from '../../kernel/limits/external-waits.ts';
import type { Ports } from '../../model/ports.ts';
import type { StatementIssuer } from '../../kernel/policy/registration-options.ts';
import type { Statements } from '../../model/services.ts';
import type { JsonMembers } from '../../model/terms.ts';

/**
 * What is registered: the members of the statement where it has them (§2.3), and the statement
 * itself. `former`: of a registration that is replaced.
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
    // RFC 7592 §2.2: to leave a member out is to ask for its deletion, and the server MAY ignore
    // that. It does so here: the client was admitted as what the statement says (RFC 7591 §2.3),
    // and must not choose these members itself by leaving the statement out. It was verified when
    // it came, and its end is no end of the registration. Another statement of a trusted issuer
    // takes its place.
    return { ...body, ...parseJwt(former).claims, software_statement: former };
  }
  if (typeof statement !== 'string') throw new OAuthError('software_statement_invalid');
  const claims = await core.statements.verify(statement, now);
  return { ...body, ...claims, software_statement: statement };
}

type Keys = Pick<RemoteKeySet, 'resolve'> | KeySet;

/** `audience` is this server's issuer. */
export function createStatements(
  issuers: readonly StatementIssuer[],
  audience: string,
  ports: Pick<Ports, 'outbound' | 'externalWaits' | 'clock'>,
): Statements {
  const keys = new Map(issuers.map((one): [string, Keys] => [one.issuer, keysOf(one, ports)]));
  return {
    async verify(statement, now) {
      try {
        return await verify(keys, statement, audience, now);
      } catch (error) {
        if (error instanceof JwtError)
          throw new OAuthError('software_statement_invalid', { log: { note: error.reason } });
        throw error;
      }
    },
  };
}

function keysOf(
  { jwks, jwksUri = '' }: StatementIssuer,
  { outbound, externalWaits, clock }: Pick<Ports, 'outbound' | 'externalWaits' | 'clock'>,
): Keys {
  if (jwks !== undefined) return importKeySet(jwks);
  const published = createRemoteKeySet({
    url: jwksUri,
    clock: () => clock.nowSeconds() * 1000,
    async fetch(url) {
      if (outbound === undefined) throw new Error('There is no way out.');
      const { text, maxAgeSeconds } = await outbound.send(url, { accept: 'application/json' });
      return { body: JSON.parse(text) as unknown, maxAgeSeconds };
    },
  });
  return {
    resolve: (kid, algorithm) => waitOutside(externalWaits, published.resolve(kid, algorithm)),
  };
}

async function verify(
  issuers: ReadonlyMap<string, Keys>,
  statement: string,
  audience: string,
  nowSeconds: number,
): Promise<JsonMembers> {
  const parsed = parseJwt(statement);
  // No type is written down for them (§2.3), so it may be left out; what has another one was made
  // for something else.
  assertHeader(parsed.header, ['', 'jwt']);
  const { iss } = parsed.claims;
  // §2.3: "The software statement MUST contain an "iss" (issuer) claim denoting the party attesting
  // to the claims".
  if (typeof iss !== 'string') throw new JwtError('token_malformed', 'no iss');
  const trusted = issuers.get(iss);
  // §3.2.2: "The software statement presented is not approved for use by this authorization
  // server."
  if (trusted === undefined) throw new OAuthError('software_statement_unapproved');
  const { kid, algorithm } = keyOf(parsed.header);
  const key =
    'resolve' in trusted ? await trusted.resolve(kid, algorithm) : trusted.find(kid, algorithm);
  // §2.3 asks for no end: many are good until their issuer withdraws its key.
  const claims: JsonMembers = { exp: Number.MAX_SAFE_INTEGER, ...parsed.claims };
  // RFC 7519 §4.1.3: one that says whom it is for is for nobody else.
  const isForSome = claims['aud'] !== undefined;
  verifyParsed({ ...parsed, claims }, key, {
    issuer: iss,
    audience: isForSome ? audience : anyAudience,
    nowSeconds,
  });
  return parsed.claims;
}
