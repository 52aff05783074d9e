/** Client secrets. Each has 256 random bits, so a plain SHA-256 of it is stored and compared. */
import { digest, equalDigests } from '@keywright/jwt';
import type { Core } from '../../core.ts';
import type { Client, ClientSecret } from '../../../model/entities.ts';
import type { Attempt, Proof } from './credentials.ts';

export function proveSecret(_core: Core, { credentials, client, now }: Attempt): Proof {
  const found = findSecret(credentials.secret ?? '', client.secrets, now);
  return found === undefined ? { fault: 'wrong or expired secret' } : { secretId: found.id };
}

/** The valid secret that was presented. Every comparison takes the same time. */
function findSecret(
  secret: string,
  secrets: Client['secrets'],
  now: number,
): ClientSecret | undefined {
  const presented = digest(secret);
  let found: ClientSecret | undefined;
  for (const candidate of secrets)
    if (equalDigests(presented, candidate.digest) && isLiving(candidate, now)) found = candidate;
  return found;
}

/** Whether a secret is one of the valid secrets of the client. */
export function secretMatches(secret: string, { secrets }: Client, now: number): boolean {
  return findSecret(secret, secrets, now) !== undefined;
}

export function isLiving({ expiresAt }: ClientSecret, now: number): boolean {
  return expiresAt === undefined || expiresAt > now;
}

/** Used in place of the secret of an unknown client, so that the time is the same. */
const noSecrets: Client['secrets'] = [{ id: '', digest: digest(''), createdAt: 0, expiresAt: 0 }];

/** A refusal before the check of the secret takes as long as a refusal of a wrong secret. */
export function takeAsLong(secret: string | undefined): void {
  if (secret !== undefined) findSecret(secret, noSecrets, 0);
}
