/** The client credentials grant (RFC 6749 §4.4). */
import type { Feature } from '../../kernel/routing/feature.ts';
import { grantClientCredentials } from './client-credentials.ts';

export const clientCredentials: Feature<'clientCredentials'> = {
  name: 'clientCredentials',
  grant: { issue: grantClientCredentials, remembersProof: false },
};
