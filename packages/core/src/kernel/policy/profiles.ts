/**
 * The profiles: one setting for all demands of a published profile. A profile sets features and
 * demands, and locks them. A configuration that contradicts it does not start. Each member cites
 * its section.
 */
import {
  defaultFeatures,
  featureNames,
  type Features,
  grantsWith,
  type SettingName,
} from '../../model/features.ts';
import { openPolicy, type Policy } from './policy.ts';
import type { ProfileName } from '../../model/client-settings.ts';

export interface Profile {
  readonly title: string;
  readonly features: Partial<Features>;
  readonly policy: Policy;
}

const legacy = grantsWith(({ isLegacy }) => isLegacy);

const oauth21: Policy = {
  ...openPolicy,
  // OAuth 2.1 §7.5.1 has an exception for a confidential client that checks its nonce. It is not
  // used here.
  pkce: 'required',
  // OAuth 2.1 §10.1, §10.2: neither grant is part of it.
  grantsRefused: legacy,
  responseTypes: ['code'],
};

/** FAPI 1.0, Part 2: Advanced, and what it takes over from Part 1: Baseline. */
const fapi1Advanced: Policy = {
  ...openPolicy,
  // Part 2 §5.2.2: PKCE is in Part 1 (§5.2.2-7) and not required here, ...
  pkce: 'when-sent',
  // ... except in pushed requests (§5.2.2-18).
  pushedPkceRequired: true,
  grantsRefused: legacy,
  // §5.2.2-2: `code id_token`, or `code` with a signed response.
  responseTypes: ['code', 'code id_token'],
  plainCodeRefused: true,
  // §5.2.2-14, and §5.2.2-16: no public clients.
  clientAuthentication: ['private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth'],
  // §8.6.
  signingAlgorithms: ['PS256', 'ES256'],
  // §5.2.2-1, -10, -13, -15, -17: signed, everything in it, for this issuer, and for an hour.
  requestObjectsRequired: true,
  // Part 1 §5.2.2-9.
  redirectUriRequired: true,
  // §5.2.3-8: all parameters are in the object, so the registered scope does not replace one.
  scopeRequired: true,
  // Part 1 §5.2.2.2, §5.2.2.3.
  nonceOrStateRequired: true,
  // §5.2.2-5.
  senderConstraintRequired: true,
  detailsProtected: true,
  // Part 1 §6.2.1-11.
  interactionsNamed: true,
};

const fapi2: Policy = {
  ...oauth21,
  // FAPI 2.0 Security Profile §5.3.2.1: only confidential clients, with mTLS or private_key_jwt.
  clientAuthentication: ['private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth'],
  // §5.4.1: PS256, ES256, "or EdDSA (using the Ed25519 variant)", by both of its names (RFC 9864
  // §2.2).
  signingAlgorithms: ['PS256', 'ES256', 'EdDSA', 'Ed25519'],
  // §5.3.2.2.
  pushedRequestsRequired: true,
  // §5.3.2.2.
  redirectUriRequired: true,
  // §5.3.2.1: only sender-constrained access tokens.
  senderConstraintRequired: true,
  // §5.3.2.1: the issuer, as a string, in `aud`.
  assertionAudience: 'issuer',
  // §5.3.2.1: no rotation of refresh tokens, "except in extraordinary circumstances".
  refreshTokensStay: true,
  detailsProtected: true,
  // §5.3.2.1 requires codes of at most 60 s, which every tier has.
};

/** The published profiles: for each, the features that it locks and its policy. */
export const profiles: Readonly<Record<ProfileName, Profile>> = {
  default: {
    title: 'the rules of OAuth 2.1; the legacy grants can still be switched on for single clients',
    features: {},
    policy: openPolicy,
  },
  'oauth-2.1': {
    title: 'OAuth 2.1: no client has the implicit or the password grant',
    features: { hybrid: false },
    policy: oauth21,
  },
  'oidc-certification': {
    title:
      'OpenID Connect for its certification: Basic, Implicit, Hybrid, Config, Dynamic, Form Post',
    features: {
      hybrid: true,
      claimsParameter: true,
      requestObjects: true,
      registration: 'open',
      logout: true,
    },
    // Its test plans use the implicit and hybrid flows with web applications, which no tier allows.
    policy: { ...openPolicy, pkce: 'when-sent', grantsOpened: ['implicit'] },
  },
  'fapi-1-advanced': {
    title:
      'FAPI 1.0 Advanced: signed requests, hybrid or signed answers, tokens bound to a certificate',
    features: {
      requestObjects: true,
      hybrid: true,
      securedResponses: true,
      // Part 2 §5.2.2-6: with mutual TLS. The profile has no other binding.
      mutualTls: true,
      dpop: false,
      clientIdDocuments: false,
    },
    policy: fapi1Advanced,
  },
  'fapi-2': {
    title: 'FAPI 2.0 Security Profile',
    features: { pushedRequests: true, hybrid: false, clientIdDocuments: false },
    policy: fapi2,
  },
  'fapi-2-message-signing': {
    title:
      'FAPI 2.0 Message Signing: signed requests and introspection, and signed responses for clients that ask for them',
    features: {
      pushedRequests: true,
      requestObjects: true,
      hybrid: false,
      clientIdDocuments: false,
    },
    // §5.4: signed responses are for clients that ask for them by `response_mode` in a signed
    // request. A client that must have them registers `response_modes`. The feature
    // `securedResponses` is on by default, and a server may leave this part out (§5.1).
    policy: { ...fapi2, requestObjectsRequired: true, signedIntrospectionRequired: true },
  },
  mcp: {
    title: 'the authorization of the Model Context Protocol, 2026-07-28',
    features: { clientIdDocuments: true, hybrid: false },
    policy: {
      ...oauth21,
      // Scope Challenge Handling: a client asks for more scopes when a tool needs them. Its SDKs
      // register with the scope of the first challenge.
      registeredScopes: 'open',
    },
  },
};

/** The active features, and the names of those that were set against the profile. */
export function resolveFeatures(
  profile: ProfileName,
  wanted: Partial<Features> = {},
): { readonly features: Features; readonly refused: readonly SettingName[] } {
  const locked = profiles[profile].features;
  const refused = featureNames.filter(
    (name) =>
      locked[name] !== undefined && wanted[name] !== undefined && wanted[name] !== locked[name],
  );
  return { features: { ...defaultFeatures, ...wanted, ...locked }, refused };
}
