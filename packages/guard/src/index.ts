export type { RefusalAnswer, RefusalEvent } from './answer.ts';
export type { Caller } from './caller.ts';
export type { Credentials } from './credentials.ts';
export type { FetchHandler } from './fetch.ts';
export { createGuard, type Guard, type GuardOptions } from './guard.ts';
export { GuardRefusal } from './guard-refusal.ts';
export type { KeySource } from './issuer-keys.ts';
export type { NodeHandler, NodeListener } from './node.ts';
export type { Access, Decision, Route, RouteOptions } from './route.ts';
