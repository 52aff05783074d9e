/** The access of dynamic clients (RFC 7591), and of clients whose id is an address. */
import { type Jwk, importKeySet } from '@keywright/jwt';
import { openIdScopes } from '@keywright/wire';
import { tiers } from './tiers.ts';
import type { ConfigProblem } from '../../model/errors.ts';
import type { Rate } from '../../model/limit-ports.ts';
/**
 * An issuer whose software statements are trusted (RFC 7591 §2.3), with its keys or their address.
 */
export interface StatementIssuer {
  readonly issuer: string;
  readonly jwks?: { readonly keys: readonly Jwk[] } | undefined;
  readonly jwksUri?: string | undefined;
}

/** How clients may register themselves (RFC 7591). */
export interface RegistrationOptions {
  /**
   * The trust of clients that register themselves. `third-party` is for test benches, because
   * nobody has reviewed them. Default `unverified`.
   */
  readonly trust?: 'unverified' | 'third-party' | undefined;
  /**
   * The scopes that they may have, also clients whose id is an address. Default: those of the tier
   * `unverified_app`.
   */
  readonly scopes?: readonly string[] | undefined;
  /** How many clients one network may register. Default: 100 at once, and one in 30 seconds. */
  readonly limit?: Rate | undefined;
  /** After how many days a client that no user agreed to is removed. Default 30. */
  readonly unusedDays?: number | undefined;
  /** The largest number of such clients. Default 10,000. */
  readonly mostUnused?: number | undefined;
  readonly statementIssuers?: readonly StatementIssuer[] | undefined;
  /**
   * Names that these clients must not use, such as the operator's own (`namesOfService`). Default
   * none.
   */
  readonly reservedNames?: readonly string[] | undefined;
}

export interface ResolvedRegistration {
  readonly trust: 'unverified' | 'third-party';
  readonly scopes: readonly string[];
  readonly limit: Rate;
  readonly unusedSeconds: number;
  readonly mostUnused: number;
  readonly statementIssuers: readonly StatementIssuer[];
  readonly reservedNames: readonly string[];
}

const daySeconds = 86_400;

export function resolveRegistration(
  {
    trust = 'unverified',
    scopes,
    limit,
    unusedDays = 30,
    mostUnused = 10_000,
    statementIssuers = [],
    reservedNames = [],
  }: RegistrationOptions,
  problems: ConfigProblem[],
): ResolvedRegistration {
  const say = (member: string, message: string) =>
    problems.push({ path: `registration.${member}`, message });
  if (!Number.isInteger(unusedDays) || unusedDays < 1 || unusedDays > 3650)
    say('unusedDays', 'must be a whole number from 1 to 3650');
  if (!Number.isInteger(mostUnused) || mostUnused < 1 || mostUnused > 1_000_000)
    say('mostUnused', 'must be a whole number from 1 to 1000000');
  statementIssuers.forEach((one, index) => {
    const refused = refuseIssuer(one);
    if (refused !== undefined) say(`statementIssuers[${index}]`, refused);
  });
  return {
    trust,
    scopes: scopes ?? defaultScopes[trust],
    limit: limit ?? { perSecond: 1 / 30, burst: 100 },
    unusedSeconds: unusedDays * daySeconds,
    mostUnused,
    statementIssuers,
    reservedNames,
  };
}

const defaultScopes = {
  unverified: tiers.unverified_app.scopeCeiling ?? [],
  'third-party': Object.keys(openIdScopes),
} as const;

function refuseIssuer({ issuer, jwks, jwksUri }: StatementIssuer): string | undefined {
  if (issuer === '') return 'needs an issuer';
  if ((jwks === undefined) === (jwksUri === undefined)) return 'needs either jwks or jwksUri';
  if (jwksUri !== undefined)
    return /^https:\/\/[^/]/.test(jwksUri) ? undefined : 'jwksUri must be an https URL';
  try {
    importKeySet(jwks);
    return undefined;
  } catch {
    return 'jwks must be a JWK set';
  }
}
