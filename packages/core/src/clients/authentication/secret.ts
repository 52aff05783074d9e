/** Client secrets: 256 random bits each, so a plain SHA-256 is what rests in the store and what is compared. */
import { digest, equalDigests } from '@keywright/jwt';
import type { Client } from '../../model.ts';

/** Stands in for an unknown client's secret, so that it takes as long to refuse. */
const noDigest = digest('');

/**
 * Whether a secret is one of the client's living ones; with none given, whether there is none to give. Every
 * comparison takes the same time.
 */
export function secretMatches(secret: string | undefined, client: Client | undefined, now: number): boolean {
  if (secret === undefined) return client !== undefined && client.secrets.length === 0;
  const presented = digest(secret);
  let matches = false;
  for (const candidate of client?.secrets ?? [{ digest: noDigest, expiresAt: 0 }]) {
    const alive = candidate.expiresAt === undefined || candidate.expiresAt > now;
    if (equalDigests(presented, candidate.digest) && alive) matches = true;
  }
  return matches;
}
