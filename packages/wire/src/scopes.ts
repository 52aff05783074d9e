/** Scopes that OpenID Connect defines (Core §5.4, §11); every other scope belongs to exactly one API. */
export const openIdScopes = {
  openid: 'Know who you are',
  profile: 'See your name',
  email: 'See your e-mail address',
  offline_access: 'Keep this access while you are away',
} as const;
export type OpenIdScope = keyof typeof openIdScopes;

/** The claims that each OpenID scope releases at userinfo (OpenID Connect Core §5.4). */
export const claimsOfScope: Readonly<Record<OpenIdScope, readonly string[]>> = {
  openid: ['sub'],
  profile: ['name'],
  email: ['email', 'email_verified'],
  offline_access: [],
};
