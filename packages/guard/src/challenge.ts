/**
 * `WWW-Authenticate`: which schemes a route takes, and what was wrong with the one that was used
 * (RFC 9110 §11.6.1).
 */
import { signingAlgorithms } from '@keywright/jwt';
import type { ResourceReason } from '@keywright/wire';
import type { Scheme } from './credentials.ts';
import type { GuardRefusal } from './guard-refusal.ts';

/**
 * What all challenges of one guard share. Both texts must be plain enough to be quoted;
 * `createGuard` sees to that.
 */
export interface Challenger {
  readonly realm: string;
  /** Address of the API's metadata (RFC 9728 §5.1). */
  readonly resourceMetadata: string | undefined;
  /** `taken` where proofs can be held against an address. */
  readonly dpop: 'none' | 'taken' | 'required';
}

export interface ChallengeFacts {
  /** By which the request came, if by one of ours. */
  readonly used: Scheme | undefined;
  /** Whether the route takes API keys. */
  readonly apiKeys: boolean;
}

/** Only these are about the credential; to everyone else another one would be no help. */
const challenged = new Set([
  'invalid_request',
  'invalid_token',
  'insufficient_scope',
  'invalid_dpop_proof',
  'use_dpop_nonce',
  'insufficient_user_authentication',
  'invalid_api_key',
]);

/** Undefined where the answer has none. */
export function renderChallenge(
  refused: GuardRefusal,
  challenger: Challenger,
  facts: ChallengeFacts,
): string | undefined {
  const { reason, refusal } = refused;
  const isChallenged =
    reason === 'token_missing' || (challenged.has(refusal.error ?? '') && refusal.status !== 413);
  if (!isChallenged) return undefined;
  const schemes = schemesOf(refused, challenger, facts);
  const used = facts.used !== undefined && schemes.includes(facts.used) ? facts.used : schemes[0];
  return schemes
    .map((scheme, at) => {
      const own = parametersOf(scheme, challenger, at === 0);
      return `${scheme} ${[...own, ...(scheme === used ? faultOf(refused) : [])].join(', ')}`;
    })
    .join(', ');
}

function parametersOf(
  scheme: Scheme,
  { realm, resourceMetadata }: Challenger,
  isFirst: boolean,
): readonly string[] {
  // RFC 9449 §7.1.
  const algorithms = scheme === 'DPoP' ? [`algs="${signingAlgorithms.join(' ')}"`] : [];
  if (!isFirst && scheme === 'DPoP') return algorithms;
  const metadata =
    isFirst && resourceMetadata !== undefined ? [`resource_metadata="${resourceMetadata}"`] : [];
  return [...algorithms, `realm="${realm}"`, ...metadata];
}

/**
 * Bearer where it is taken; DPoP where it must be or was used or needed; API keys where they are
 * taken.
 */
function schemesOf(
  { reason }: GuardRefusal,
  { dpop }: Challenger,
  { used, apiKeys }: ChallengeFacts,
): readonly Scheme[] {
  const isNamed = dpop === 'required' || used === 'DPoP' || reason === 'token_binding_wrong';
  return [
    ...(dpop === 'required' ? [] : (['Bearer'] as const)),
    ...(isNamed && dpop !== 'none' ? (['DPoP'] as const) : []),
    ...(apiKeys ? (['ApiKey'] as const) : []),
  ];
}

function faultOf({ reason, refusal, detail }: GuardRefusal): readonly string[] {
  const { scope, acrValues, maxAgeSeconds } = detail;
  const parts: string[] = [];
  // RFC 6750 §3.1: without any token no error code; what is needed may be said.
  if (reason !== 'token_missing') {
    parts.push(`error="${refusal.error}"`, `error_description="${refusal.text}"`);
  }
  // RFC 9470 §3.
  if (isQuotable(acrValues)) parts.push(`acr_values="${acrValues}"`);
  if (maxAgeSeconds !== undefined) parts.push(`max_age="${maxAgeSeconds}"`);
  if (isQuotable(scope) && mayNameScope(reason)) parts.push(`scope="${scope}"`);
  return parts;
}

/**
 * A route's own function may refuse as well, and put into words what it was sent: nothing of it may
 * break out of the header.
 */
function isQuotable(text: string | undefined): text is string {
  return text !== undefined && /^[\x20\x21\x23-\x5B\x5D-\x7E]*$/.test(text);
}

function mayNameScope(reason: ResourceReason): boolean {
  return reason === 'scope_insufficient' || reason === 'token_missing';
}
