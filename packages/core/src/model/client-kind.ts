/**
 * What a client is, how far it is trusted, and what it may be held to: by these its tier and its
 * policy are found.
 */

/**
 * What kind of application a client is. Kind and trust select its tier (`kernel/policy/tiers.ts`).
 */
export const clientKinds = ['web', 'browser', 'native', 'service'] as const;
/** The kind of a client: one of `clientKinds`. */
export type ClientKind = (typeof clientKinds)[number];

/** How far the operator trusts a client. Kind and trust select its tier. */
export const clientTrusts = ['first-party', 'third-party', 'unverified'] as const;
/** The trust of a client: one of `clientTrusts`. */
export type ClientTrust = (typeof clientTrusts)[number];

/** The names of the published profiles. */
export const profileNames = [
  'default',
  'oauth-2.1',
  'oidc-certification',
  'fapi-1-advanced',
  'fapi-2',
  'fapi-2-message-signing',
  'mcp',
] as const;

/** The name of a profile: one of `profileNames`. */
export type ProfileName = (typeof profileNames)[number];
