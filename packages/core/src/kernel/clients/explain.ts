/** What a client may do, and why: for `keywright explain`. */
import { isPairwise, sectorOf } from '../accounts/subject.ts';
import type { ApiKey, Client } from '../../model/entities.ts';
import { grants, type GrantType, grantTypes } from '../../model/features.ts';
import { isClaimableOf } from './claimed-redirects.ts';
import { explainAuthentication, type SecretHistory } from './explain-authentication.ts';
import { optionalScopesOf } from './registered-access.ts';
import {
  kindRules,
  mayHaveApiKeys,
  mayUseGrant,
  type TierLifetimes,
  tierAllows,
  tierNameOf,
  tiers,
  withOwnLifetimes,
} from '../policy/tiers.ts';
import type { TierName } from '../../model/features.ts';

/**
 * What a client may do, as lines of text. `lifetimes` are those in force, `livingKeys` its valid
 * API keys, and `history` tells when its secrets were used.
 */
export function explainClient(
  client: Client,
  lifetimes: Readonly<Record<TierName, TierLifetimes>>,
  livingKeys: readonly ApiKey[] = [],
  history: SecretHistory = { uses: new Map(), now: 0 },
): readonly string[] {
  const tierName = tierNameOf(client);
  if (tierName === undefined) return [`${client.id} has no tier and may do nothing.`];
  const tier = tiers[tierName];
  const optional = optionalScopesOf(client).join(' ');
  return [
    `${client.name} (${client.id}) is a ${client.trust} ${client.kind} client${client.status === 'disabled' ? ', disabled: it may do nothing now' : ''}.`,
    `Its tier is ${tierName}: ${tier.title}.`,
    '',
    'Grants',
    ...grantTypes.map(
      (grant) =>
        `  ${mayUseGrant(client, grant) ? 'yes' : 'no '}  ${grant}: ${whyGrant(client, grant, tierName)}`,
    ),
    '',
    ...explainAuthentication(client, history),
    `API keys        ${whyApiKeys(client, tierName, livingKeys)}`,
    ...standingFor(client),
    `PKCE            ${whyPkce(client)}`,
    ...(client.settings?.dpopBoundAccessTokens === true
      ? [
          'DPoP            required: its tokens are bound to a key, and it gets them only with a proof (RFC 9449 §5.2)',
        ]
      : []),
    `Consent         ${whyConsent(client, tier.consent)}`,
    `Scopes          ${client.scopes.join(' ') || 'none'}${optional === '' ? '' : ` (the user may decline ${optional})`}`,
    ...(tier.scopeCeiling?.length !== undefined &&
    client.scopes.every((scope) => tier.scopeCeiling?.includes(scope))
      ? [
          `                never more than ${tier.scopeCeiling.join(' ')}, or registration.scopes if set`,
        ]
      : []),
    ...(isPairwise(client)
      ? [
          `Subjects        pairwise: it knows users by subjects that only the sector ${sectorOf(client)} knows (OpenID Connect Core §8.1)`,
        ]
      : []),
    ...explainExtensions(client),
    `Redirect URIs   ${client.redirectUris.join(' ') || 'none'}`,
    ...lifetimeLines(withOwnLifetimes(lifetimes[tierName], client)),
  ];
}

function whyPkce({ kind, settings }: Client): string {
  if (settings?.requirePkce === false)
    return 'not required if the profile allows it, because of its registration; S256 if it sends a challenge';
  const always = 'required, S256: every code is bound to a challenge';
  return kindRules[kind].confidential
    ? `${always} (but this client may leave it out in the profile oidc-certification)`
    : always;
}

/** What was switched on for this client in addition to its tier. */
function explainExtensions({ settings }: Client): readonly string[] {
  const types = settings?.authorizationDetailsTypes ?? [];
  return [
    ...(types.length > 0
      ? [`Details         ${types.join(' ')}: it may ask for these in authorization_details`]
      : []),
    ...(settings?.idTokenClaims === 'from_scopes'
      ? [
          'ID tokens       contain the claims of its scopes, like userinfo (OpenID Connect Core §5.4)',
        ]
      : []),
    ...(settings?.firstPartyChallenge === true
      ? ['Challenge       it may ask for passwords itself, at the authorization challenge endpoint']
      : []),
  ];
}

function whyGrant(client: Client, grant: GrantType, tierName: TierName): string {
  if (!tierAllows(client, grant)) return `never for the tier ${tierName}`;
  const byChoice = tiers[tierName].grantsByChoice.includes(grant);
  if (!client.grantTypes.includes(grant))
    return byChoice
      ? 'the tier allows it, but it is off until it is switched on for this client'
      : 'the tier allows it, but this client did not register it';
  if (!byChoice) return 'on by default in its tier';
  return grants[grant].isLegacy
    ? 'switched on for this client, but RFC 9700 forbids it: move to the authorization code grant'
    : 'switched on for this client';
}

/** For whom the client may act, if it was allowed by name. */
function standingFor({ settings }: Client): readonly string[] {
  const { tokenExchange: exchange, assertionIssuers: issuers } = settings ?? {};
  const ways = [
    exchange?.delegation && 'as an actor',
    exchange?.impersonation && 'as the subject itself',
  ];
  return [
    ...(exchange === undefined
      ? []
      : [
          `Token exchange  ${ways.filter(Boolean).join(' or ')}, for ${exchange.audiences.join(' ')}`,
        ]),
    ...(issuers === undefined ? [] : [`Assertions      of ${issuers.join(' ')}`]),
  ];
}

function whyApiKeys(client: Client, tierName: TierName, living: readonly ApiKey[]): string {
  if (!mayHaveApiKeys(client)) return `never for the tier ${tierName}`;
  if (living.length === 0)
    return 'none. The tier allows them, and an administrator issues each with `keywright api-keys add`';
  const places = living.map(({ environment, audience }) => `${environment} at ${audience}`);
  return `${living.length} active, issued by command: ${[...new Set(places)].join(', ')}`;
}

function whyConsent(client: Client, consent: 'skip' | 'remembered' | 'every-time'): string {
  if (client.kind === 'service') return 'none, because there is no user';
  const always = client.redirectUris.some((uri) => isClaimableOf(client, uri));
  if (always)
    return 'asked every time, because another app on the device could claim its redirect URI (RFC 8252 §8.6)';
  if (consent === 'skip') return 'not asked, because the tier is first-party';
  return consent === 'remembered'
    ? 'asked the first time, and for new access'
    : 'asked every time, with a warning, because nobody has reviewed it';
}

function lifetimeLines(lifetimes: TierLifetimes): readonly string[] {
  const { refreshAbsoluteSeconds: absolute, refreshRetrySeconds: retry } = lifetimes;
  const days = (seconds: number) =>
    seconds % 86_400 === 0 ? `${seconds / 86_400} days` : `${seconds} s`;
  const most = absolute === 'never' ? ', with no absolute end' : ` and ${days(absolute)} at most`;
  const retried =
    retry === 'until_used'
      ? 'until its successor is used (for 60 s by a public client without a key)'
      : `for ${retry} s`;
  return [
    `Lifetimes       code ${lifetimes.codeSeconds} s, access token ${lifetimes.accessTokenSeconds} s, refresh token ${days(lifetimes.refreshIdleSeconds)} without use${most},`,
    `                a spent refresh token may be retried ${retried}`,
  ];
}
