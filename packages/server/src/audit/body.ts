/** The content of an entry. */
import type { AnyEvent } from '@keywright/core';

const longestText = 500;
const longestList = 100;

/** The recorded fields, each limited in size, because a caller chose some of them. */
export function bodyOf(
  event: AnyEvent,
  fields: readonly (keyof AnyEvent)[],
): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const field of fields) {
    const value = bounded(event[field]);
    if (value !== undefined) body[field] = value;
  }
  return body;
}

function bounded(value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, longestText).toWellFormed();
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (!Array.isArray(value)) return undefined;
  return value
    .slice(0, longestList)
    .map((one: unknown) => (typeof one === 'string' ? bounded(one) : undefined));
}
