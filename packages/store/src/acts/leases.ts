/**
 * Leases. A task that one node must do for all is done by the node that holds the lease, until the
 * lease expires. The clock of the database counts: the clocks of nodes differ, and a node with a
 * clock that is ahead would take a lease that another node holds.
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
 * Takes the lease for so many seconds, or extends it by as many. Answers false while another node
 * holds it.
 */
export function* takeLease(name: string, holder: string, seconds: number): Act<boolean> {
  const { changes } = yield statement(take, name, holder, seconds);
  return changes === 1;
}
