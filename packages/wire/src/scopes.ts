/**
 * Scopes that OpenID Connect defines (Core §5.4, §11). Every other scope belongs to exactly one
 * API.
 */
export const openIdScopes = {
  openid: 'Know who you are',
  profile: 'See your name and the rest of your profile, such as picture, birthday and language',
  email: 'See your e-mail address',
  address: 'See your postal address',
  phone: 'See your phone number',
  offline_access: 'Keep this access while you are away',
} as const;
/** A scope of OpenID Connect: a key of `openIdScopes`. */
export type OpenIdScope = keyof typeof openIdScopes;

/** The claims that each OpenID scope releases at userinfo (OpenID Connect Core §5.4). */
export const claimsOfScope: Readonly<Record<OpenIdScope, readonly string[]>> = {
  openid: ['sub'],
  profile: [
    'name',
    'given_name',
    'family_name',
    'middle_name',
    'nickname',
    'preferred_username',
    'profile',
    'picture',
    'website',
    'gender',
    'birthdate',
    'zoneinfo',
    'locale',
    'updated_at',
  ],
  email: ['email', 'email_verified'],
  address: ['address'],
  phone: ['phone_number', 'phone_number_verified'],
  offline_access: [],
};
