/** Token exchange (RFC 8693). */
import { tokenExchangeGrant } from '@keywright/wire';
import type { Feature } from '../../kernel/routing/feature.ts';
import { exchangeToken } from './token-exchange.ts';

export const tokenExchange: Feature = {
  grants: { [tokenExchangeGrant]: { issue: exchangeToken, remembersProof: false } },
};
