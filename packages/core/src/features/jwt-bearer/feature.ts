/** The JWT bearer grant (RFC 7523 §2.1). */
import type { Feature } from '../../kernel/routing/feature.ts';
import { grantByAssertion } from './jwt-bearer.ts';

export const jwtBearer: Feature<'jwtAssertions'> = {
  name: 'jwtAssertions',
  grant: { issue: grantByAssertion, remembersProof: false },
};
