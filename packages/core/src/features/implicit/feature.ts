/**
 * Tokens in the answer of the authorization endpoint (RFC 6749 §4.2). The feature has no route.
 */
import type { Feature } from '../../kernel/routing/feature.ts';

export const implicit: Feature<'implicit'> = { name: 'implicit' };
