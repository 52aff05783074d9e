import type { TestPlatform } from '../src/index.ts';

/**
 * What the log has of the last refusal beside its reason: the note, or what the client was told.
 * Where several checks share a reason, it says which of them refused.
 */
export function noteOf({ events }: Pick<TestPlatform, 'events'>): unknown {
  const refused = events.findLast(
    ({ type }) => type === 'refused' || type === 'authorization.refused',
  );
  return refused?.['note'] ?? refused?.['description'];
}
