/** The authorization code grant at the token endpoint (RFC 6749 §4.1.3). */
import type { Feature } from '../../kernel/routing/feature.ts';
import { redeemAuthorizationCode } from './authorization-code.ts';

export const authorizationCode: Feature<'authorizationCode'> = {
  name: 'authorizationCode',
  grant: { issue: redeemAuthorizationCode, remembersProof: true },
};
