/** The one door to Cedar (docs.cedarpolicy.com, language 4). Opened when it is first needed: it weighs 4 MB. */
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

/** A name for policies that Cedar keeps parsed: it keeps them for the life of the process, so names are given once. */
export function nextPolicySetName(): string {
  kept += 1;
  return `keywright-${kept}`;
}
