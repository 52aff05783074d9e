/**
 * Tokens in the answer of the authorization endpoint (RFC 6749 §4.2): it has no route of its own.
 */
import type { Feature } from '../../kernel/routing/feature.ts';

export const implicit: Feature<'implicit'> = { name: 'implicit' };
