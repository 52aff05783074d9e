/**
 * A proof of work opens a second lane where the limits of attempts are used up: another bucket of
 * the same size for each of them. So somebody who uses up the buckets of an account does not lock
 * its user out, unless they compute as much as all others. A challenge is for one browser and one
 * page, for ten minutes, and is used once.
 */
import { digest } from '@keywright/jwt';
import type { Bucket } from '../../model/ports.ts';
import type { SolvedWork } from '../../model/work-ports.ts';
import type { Core } from '../core.ts';
import type { Parameters } from '../http/parameters.ts';

const validSeconds = 600;
const longest = 2000;

/**
 * The challenge for a page on which attempts were refused. Not for a known browser, which has a
 * bucket of its own. Undefined where there are no proofs of work.
 */
export async function makeWork(
  core: Core,
  browserId: string,
  about: string,
): Promise<string | undefined> {
  if (core.workProofs === undefined) return undefined;
  const expiresAt = core.clock.nowSeconds() + validSeconds;
  return core.workProofs.make(core.vault.mac('proof-of-work', `${browserId} ${about}`), expiresAt);
}

/** The solution in the form, if it is one for this browser and page. Spends nothing. */
export async function readWork(
  core: Core,
  browserId: string,
  about: string,
  parameters: Parameters,
): Promise<SolvedWork | undefined> {
  const text = parameters.get('work') ?? '';
  if (core.workProofs === undefined || text === '' || text.length > longest) return undefined;
  const now = core.clock.nowSeconds();
  for (const key of core.vault.macs('proof-of-work', `${browserId} ${about}`)) {
    const solved = await core.workProofs.check(key, text);
    if (solved === undefined) continue;
    const { expiresAt } = solved;
    const isTimely = expiresAt > now && expiresAt <= now + validSeconds;
    return isTimely ? { id: `work ${digest(solved.id)}`, expiresAt } : undefined;
  }
  return undefined;
}

/**
 * Takes one from each of these buckets, and spends the solution. False, and nothing is taken, if a
 * bucket is used up or the solution was used.
 */
export async function takeWithWork(
  { store }: Pick<Core, 'store'>,
  buckets: readonly Bucket[],
  work: SolvedWork,
  now: number,
): Promise<boolean> {
  if ((await store.throttles.take(buckets, now)) > 0) return false;
  if (await store.claims.take(work.id, work.expiresAt)) return true;
  await store.throttles.giveBack(buckets, now);
  return false;
}
