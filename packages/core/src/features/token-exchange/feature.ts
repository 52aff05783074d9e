/** Token exchange (RFC 8693). */
import type { Feature } from '../../kernel/routing/feature.ts';
import { exchangeToken } from './token-exchange.ts';

export const tokenExchange: Feature<'tokenExchange'> = {
  name: 'tokenExchange',
  grant: { issue: exchangeToken, remembersProof: false },
};
