export {
  type AccessToken,
  type ApiKeyExchange,
  createApiKeyExchange,
  type ExchangeOptions,
  exchangeApiKey,
} from './api-key-exchange.ts';
export { type ApiKeyFetchOptions, createApiKeyFetch } from './api-key-fetch.ts';
export { ClientError, type ClientFault } from './client-error.ts';
export type { Fetch } from './published-json.ts';
export { type SealOptions, sealApiKey } from './seal-api-key.ts';
export { createDpopProver, type DpopKey, type DpopProver, type DpopRequest } from '@keywright/jwt';
