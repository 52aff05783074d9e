/** The password grant (RFC 6749 §4.3). */
import type { Feature } from '../../kernel/routing/feature.ts';
import { grantPassword } from './password.ts';

export const password: Feature<'password'> = {
  name: 'password',
  grant: { issue: grantPassword, remembersProof: true },
};
