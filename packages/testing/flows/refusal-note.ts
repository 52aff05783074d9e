import type { TestPlatform } from '../src/index.ts';

/**
 * The details of the last refusal in the log: the note, or the description for the client. If
 * several checks share a reason, it says which one refused.
 */
export function noteOf({ events }: Pick<TestPlatform, 'events'>): unknown {
  const refused = events.findLast(
    ({ type }) => type === 'refused' || type === 'authorization.refused',
  );
  return refused?.['note'] ?? refused?.['description'];
}
