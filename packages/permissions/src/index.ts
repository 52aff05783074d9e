export { type CanOptions, createCan, type GuardedDecision, type Verdict } from './can.ts';
export { createPermissionEngine, type PermissionEngineOptions } from './engine.ts';
export type { PolicyFault } from './judge.ts';
export type { PolicySource } from './policies.ts';
