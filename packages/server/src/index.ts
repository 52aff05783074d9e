export {
  addAccount,
  createAccounts,
  defaultTurnstile,
  type NewAccount,
  type NewAccountContext,
} from './accounts/accounts.ts';
export { emailKey } from './accounts/email.ts';
export {
  type Configuration,
  type ConfigurationSource,
  loadConfiguration,
} from './configuration/configuration.ts';
export { type FetchHandler, toFetchHandler } from './http/fetch-handler.ts';
export { createListener, type ListenerParts } from './http/listener.ts';
export { type RunningServer, startNodeServer } from './http/node-server.ts';
export { createPages, type PagesOptions, stylesheet } from './pages/pages.ts';
export { type RunningProduct, startProduct } from './wiring.ts';
