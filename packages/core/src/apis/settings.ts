/** What an API declared for one extension or another; in the store as JSON. */
export interface ApiSettings {
  /** `opaque`: its access tokens are looked up, by introspection, instead of read. Default `jwt`. */
  readonly accessTokenFormat?: 'jwt' | 'opaque';
  /** Algorithm of signed introspection answers for its introspectors (RFC 9701). */
  readonly introspectionSigned?: boolean;
}
