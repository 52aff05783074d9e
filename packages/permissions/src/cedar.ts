/**
 * The only module that uses Cedar (docs.cedarpolicy.com, language 4). Cedar is loaded when it is
 * first needed, because it has 4 MB.
 */
import type * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import type {
  AuthorizationAnswer,
  Context,
  DetailedError,
  EntityJson,
  PolicyJson,
  TypeAndId,
} from '@cedar-policy/cedar-wasm/nodejs';

export type CedarModule = typeof cedar;
export type { AuthorizationAnswer, Context, DetailedError, EntityJson, PolicyJson, TypeAndId };

let opened: Promise<CedarModule> | undefined;

export function openCedar(): Promise<CedarModule> {
  return (opened ??= import('@cedar-policy/cedar-wasm/nodejs'));
}

let kept = 0;

/**
 * Names for policies that Cedar keeps parsed. It keeps them for the life of the process, so each
 * name is used once.
 */
export function nextPolicySetName(): string {
  kept += 1;
  return `keywright-${kept}`;
}
