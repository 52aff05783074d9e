/** What an API declared for one extension or another; in the store as JSON. */
import type { SigningAlgorithm } from '@keywright/jwt';
import type { DetailType } from '../details/type.ts';

export interface ApiSettings {
  /** Of its access tokens; ES256 by default. */
  readonly signingAlgorithm?: SigningAlgorithm;
  /** `opaque`: its access tokens are looked up, by introspection, instead of read. Default `jwt`. */
  readonly accessTokenFormat?: 'jwt' | 'opaque';
  /** What may be asked for in `authorization_details` (RFC 9396 §2). */
  readonly authorizationDetailsTypes?: readonly DetailType[];
}
