/** The refresh token grant (RFC 6749 §6). */
import type { Feature } from '../../kernel/routing/feature.ts';
import { rotateRefreshToken } from './refresh-token.ts';

export const refreshToken: Feature<'refreshToken'> = {
  name: 'refreshToken',
  grant: { issue: rotateRefreshToken, remembersProof: true },
};
