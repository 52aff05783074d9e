/**
 * Who does what is to be done once, however many nodes there are: whoever holds the lease, until it
 * lapses. By the database's clock: those of nodes differ, and one that is ahead would take what is
 * held.
 */
import type { LeaseStore } from '@keywright/core';
import { type Act, statement } from '../act.ts';
import { type Kept, single } from '../kept.ts';

export const leases: Kept<LeaseStore> = {
  tables: { leases: { keeps: 'there is one row for each task' } },
  verbs: { take: single({ takeLease }) },
};

const take = `INSERT INTO leases (name, holder, expires_at) VALUES ($1, $2, unixepoch() + $3)
  ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
  WHERE leases.holder = excluded.holder OR leases.expires_at <= unixepoch()`;

/**
 * Takes the lease for so many seconds, or keeps it for as many more. False while somebody else has
 * it.
 */
export function* takeLease(name: string, holder: string, seconds: number): Act<boolean> {
  const { changes } = yield statement(take, name, holder, seconds);
  return changes === 1;
}
