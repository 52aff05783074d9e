/**
 * `WWW-Authenticate`: the schemes that a route accepts, and the fault of the credential that was
 * used (RFC 9110 §11.6.1).
 */
import { signingAlgorithms } from '@keywright/jwt';
import type { ResourceReason } from '@keywright/wire';
import type { Scheme } from './credentials.ts';
import type { GuardRefusal } from './guard-refusal.ts';

/**
 * What all challenges of one guard share. Both texts must be safe between quotes, which
 * `createGuard` ensures.
 */
export interface Challenger {
  readonly realm: string;
  /** Address of the API's metadata (RFC 9728 §5.1). */
  readonly resourceMetadata: string | undefined;
  /** `taken` if proofs can be compared with an address. */
  readonly dpop: 'none' | 'taken' | 'required';
}

export interface ChallengeFacts {
  /** The scheme of the request, if it is one of ours. */
  readonly used: Scheme | undefined;
  /** Whether the route accepts API keys. */
  readonly apiKeys: boolean;
}

/**
 * Only these error codes concern the credential. With others, another credential would not help.
 */
const challenged = new Set([
  'invalid_request',
  'invalid_token',
  'insufficient_scope',
  'invalid_dpop_proof',
  'use_dpop_nonce',
  'insufficient_user_authentication',
  'invalid_api_key',
]);

/** Undefined if the answer has no challenge. */
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
 * Bearer if it is accepted. DPoP if it is required, was used or was needed. API keys if they are
 * accepted.
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
  // RFC 6750 §3.1: without a token there is no error code. The needed scope may be named.
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
 * A route's own function may refuse too, and may use text that was sent. Such text must not change
 * the structure of the header.
 */
function isQuotable(text: string | undefined): text is string {
  return text !== undefined && /^[\x20\x21\x23-\x5B\x5D-\x7E]*$/.test(text);
}

function mayNameScope(reason: ResourceReason): boolean {
  return reason === 'scope_insufficient' || reason === 'token_missing';
}
