/**
 * Entities with Cedar's names. For Cedar, an id is data. A type is a name of its language, so only
 * plain names are used unchanged. Every other type becomes `Keywright::Other`, and its id contains
 * both type and id. So two entities are equal there only if they are equal here.
 */
import type { Entity } from '@keywright/core';
import type { TypeAndId } from './cedar.ts';

const plainName = /^[A-Za-z_][A-Za-z0-9_]*(?:::[A-Za-z_][A-Za-z0-9_]*)*$/;
/** Reserved words of Cedar's grammar. */
const reserved = new Set([
  'true',
  'false',
  'if',
  'then',
  'else',
  'in',
  'is',
  'like',
  'has',
  '__cedar',
]);
/** Our own namespace. No caller can name a type in it. */
const own = 'Keywright';
/** For Cedar, every name with this end is an action. */
const action = 'Action';

export function toUid({ type, id }: Entity): TypeAndId {
  return isPlain(type) ? { type, id } : { type: `${own}::Other`, id: JSON.stringify([type, id]) };
}

function isPlain(type: string): boolean {
  if (!plainName.test(type)) return false;
  const parts = type.split('::');
  return parts[0] !== own && parts.at(-1) !== action && !parts.some((part) => reserved.has(part));
}

export function toActionUid(name: string): TypeAndId {
  return { type: action, id: name };
}

/** A subject that a stored permission covers is in this entity for the one question. */
export const coveredMarker: TypeAndId = { type: `${own}::Fact`, id: 'permitted' };

/** The id of the built-in policy. */
export const storedPermission = 'stored-permission';

export const builtInPolicy = `permit (principal in ${coveredMarker.type}::"${coveredMarker.id}", action, resource);`;
