/**
 * Replay markers. A thing that may be used once is stored under a name of its own until it expires.
 */
import type { ReplayMarker, ReplayMarkerStore } from '@keywright/core';
import { type Act, statement } from '../act.ts';
import { type Kept, single } from '../kept.ts';
import { deleteEnded } from '../pruning.ts';

export const claims: Kept<ReplayMarkerStore> = {
  tables: { claims: deleteEnded('claims', 'id', 'expires_at') },
  verbs: { take: single({ takeClaim }) },
};

/** Answers whether this is the first answer to the page. Without a marker there was no page. */
export function* takePageMarker(marker: ReplayMarker | undefined): Act<boolean> {
  return marker === undefined || (yield* takeClaim(marker.id, marker.expiresAt));
}

/** Answers whether the marker is taken for the first time. */
export function* takeClaim(id: string, expiresAt: number): Act<boolean> {
  const { changes } = yield statement(
    'INSERT INTO claims (id, expires_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING',
    id,
    expiresAt,
  );
  return changes === 1;
}
