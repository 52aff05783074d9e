/**
 * What a client is, how far it is trusted, and what it may be held to: by these its tier and its
 * policy are found.
 */

/** What an application is. Kind and trust select its tier (`kernel/policy/tiers.ts`). */
export const clientKinds = ['web', 'browser', 'native', 'service'] as const;
export type ClientKind = (typeof clientKinds)[number];

export const clientTrusts = ['first-party', 'third-party', 'unverified'] as const;
export type ClientTrust = (typeof clientTrusts)[number];

export const profileNames = [
  'default',
  'oauth-2.1',
  'oidc-certification',
  'fapi-1-advanced',
  'fapi-2',
  'fapi-2-message-signing',
  'mcp',
] as const;

export type ProfileName = (typeof profileNames)[number];
