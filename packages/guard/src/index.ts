export type { RefusalAnswer, RefusalEvent } from './answer.ts';
export type { FetchConnection, FetchHandler } from './adapters/fetch.ts';
export type { NodeHandler, NodeListener } from './adapters/node.ts';
export { answerWellKnown, wellKnownResponse } from './adapters/well-known.ts';
export { type AuthZenEntity, type AuthZenOptions, createAuthZen } from './authzen.ts';
export type { Caller } from './caller.ts';
export {
  type ClientCredentials,
  type ClientToken,
  createClientCredentialsToken,
} from './client-token.ts';
export { createGuard, type Guard } from './guard.ts';
export { GuardRefusal, type RefusalDetail } from './guard-refusal.ts';
export type { KeySource } from './issuer-keys.ts';
export type {
  ApiKeyOptions,
  CertificateOptions,
  DpopOptions,
  GuardOptions,
  IntrospectionOptions,
  IssuerOptions,
  MetadataOptions,
  Replays,
  ServiceClient,
} from './options.ts';
export type { Presented } from './presented.ts';
export type { Access, Decision, DetailType, Route, RouteOptions, Verdict } from './route.ts';
export { generateDecryptionKey, type Jwk } from '@keywright/jwt';
