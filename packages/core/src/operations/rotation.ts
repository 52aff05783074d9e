/**
 * All that rests sealed in the store is sealed anew with the current key, in small acts, while
 * servers run. Each row is written only where it is still what was read, so a run that was cut off
 * is begun again, and finds what is left. What it answers was looked at after the last write:
 * anyone who drops the former key while anything is left loses that.
 */
import type { Store } from '../model/ports.ts';
import { type SealedPage, type SealedPlace, sealedPlaces } from '../model/seal-ports.ts';
import { type Resealing, resealRow } from './reseal.ts';

/** How many rows of one table were sealed again, and how many are left. */
export interface ResealedPlace {
  readonly place: SealedPlace;
  readonly resealed: number;
  /** Not under the current key, as it was looked at last. */
  readonly left: number;
}

/** Rows that one act writes: no other writer waits long for it. */
const batch = 200;
/** Nodes that seal with the former key write it again behind us; then it is told as left. */
const mostPasses = 3;

/**
 * Seals everything in the store with the current key, while servers run, in acts of 200 rows. It
 * can be run again. The former key may be removed only when nothing is left.
 */
export async function resealAll(
  store: Pick<Store, 'seals'>,
  keys: Resealing,
): Promise<readonly ResealedPlace[]> {
  const places: ResealedPlace[] = [];
  for (const place of sealedPlaces) places.push(await resealPlace(store, place, keys));
  return places;
}

async function resealPlace(
  store: Pick<Store, 'seals'>,
  place: SealedPlace,
  keys: Resealing,
): Promise<ResealedPlace> {
  let resealed = 0;
  for (let pass = 0; pass < mostPasses; pass += 1) {
    const { written, found, closed } = await passOver(store, place, keys);
    resealed += written;
    if (found === 0) return { place, resealed, left: closed };
  }
  const { found, closed } = await passOver(store, place, keys, 'look');
  return { place, resealed, left: found + closed };
}

async function passOver(
  store: Pick<Store, 'seals'>,
  place: SealedPlace,
  keys: Resealing,
  how: 'look' | 'write' = 'write',
) {
  const counts = { written: 0, found: 0, closed: 0 };
  for (let after: string | undefined = ''; after !== undefined; ) {
    const page: SealedPage = await store.seals.list(place, after, batch);
    const changes = [];
    for (const row of page.rows) {
      const resealed = resealRow(place, row, keys);
      if (resealed.outcome === 'closed') counts.closed += 1;
      if (resealed.outcome === 'resealed')
        changes.push({ key: row.key, former: row.value, sealed: resealed.value });
    }
    counts.found += changes.length;
    if (how === 'write' && changes.length > 0)
      counts.written += await store.seals.replace(place, changes);
    after = page.next;
  }
  return counts;
}
