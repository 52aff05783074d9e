/** The JWT bearer grant (RFC 7523 §2.1). */
import { jwtBearerGrant } from '@keywright/wire';
import type { Feature } from '../../kernel/routing/feature.ts';
import { grantByAssertion } from './jwt-bearer.ts';

export const jwtBearer: Feature = {
  grants: { [jwtBearerGrant]: { issue: grantByAssertion, remembersProof: false } },
};
