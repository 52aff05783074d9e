/**
 * The claims of a verified token that the guard reads, beyond those that RFC 9068 requires. They
 * are read once and remembered with the token.
 */
import { type JsonObject, JwtError } from '@keywright/jwt';
import { type Binding, bindingOf } from './binding.ts';
import { type Caller, callerOf } from './caller.ts';
import { isObject } from './option-kinds.ts';
import type { StatusReference } from './parts.ts';

export interface TokenFacts {
  readonly caller: Caller;
  readonly binding: Binding | undefined;
}

/** `named` as for `callerOf`. @throws JwtError `token_malformed`, `token_binding_wrong` */
export function factsOf(claims: JsonObject, issuer: string, named?: JsonObject): TokenFacts {
  assertDetails(claims['authorization_details']);
  return { caller: callerOf(claims, issuer, named), binding: bindingOf(claims) };
}

/** RFC 9396 §2: a list of objects, each with a type. */
function assertDetails(details: unknown): void {
  if (details === undefined) return;
  if (Array.isArray(details) && details.every(isDetail)) return;
  throw new JwtError('token_malformed', 'authorization_details');
}

function isDetail(detail: unknown): boolean {
  return isObject(detail) && typeof detail['type'] === 'string';
}

/**
 * The reference of draft-ietf-oauth-status-list §6.1. A token whose status cannot be looked up is
 * refused, because it may have ended.
 * @throws JwtError `token_malformed`
 */
export function statusOf({ status }: JsonObject): StatusReference | undefined {
  if (status === undefined) return undefined;
  const list = isObject(status) ? status['status_list'] : undefined;
  if (isObject(list) && typeof list['uri'] === 'string' && isIndex(list['idx'])) {
    return { uri: list['uri'], idx: list['idx'] };
  }
  throw new JwtError('token_malformed', 'status');
}

function isIndex(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
