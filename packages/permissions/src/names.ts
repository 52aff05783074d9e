/**
 * Entities as Cedar knows them. An id is data to Cedar, whatever it holds; a type is a name of its language, so only plain
 * names are handed on as they are. Every other type is told by `Keywright::Other`, whose id holds both: two entities are one
 * there only if they are one here.
 */
import type { Entity } from '@keywright/core';
import type { TypeAndId } from './cedar.ts';

const plainName = /^[A-Za-z_][A-Za-z0-9_]*(?:::[A-Za-z_][A-Za-z0-9_]*)*$/;
/** Words that Cedar's grammar keeps to itself. */
const reserved = new Set(['true', 'false', 'if', 'then', 'else', 'in', 'is', 'like', 'has', '__cedar']);
/** Ours: nobody who sends a type can name it. */
const own = 'Keywright';
/** To Cedar, whatever ends so is an action. */
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

/** A subject that a stored permission covers is in this, for the length of the one question. */
export const coveredMarker: TypeAndId = { type: `${own}::Fact`, id: 'permitted' };

/** The id of the built-in policy. */
export const storedPermission = 'stored-permission';

export const builtInPolicy = `permit (principal in ${coveredMarker.type}::"${coveredMarker.id}", action, resource);`;
