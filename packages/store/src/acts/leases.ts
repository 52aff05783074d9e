/** Who does what is to be done once, however many nodes there are: whoever holds the lease, until it lapses. */
import { type Act, statement } from '../act.ts';

const take = `INSERT INTO leases (name, holder, expires_at) VALUES ($1, $2, $3)
  ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
  WHERE leases.holder = excluded.holder OR leases.expires_at <= $4`;

/** Takes the lease, or keeps it for longer. False while somebody else has it. */
export function* takeLease(name: string, holder: string, expiresAt: number, now: number): Act<boolean> {
  const { changes } = yield statement(take, name, holder, expiresAt, now);
  return changes === 1;
}
