/**
 * The secrets of a client (RFC 6749 §2.3.1). They are made here, and kept as digests. While one is
 * replaced, two are valid.
 */
import { createTokenSource, digest } from '@keywright/jwt';
import { ConfigError } from '../../model/errors.ts';
import type { Client, ClientSecret } from '../../model/entities.ts';
import type { Random } from '../../model/ports.ts';
import { usesSecret } from './authentication/registration.ts';

export function newSecret(random: Random): string {
  return createTokenSource((length) => random.bytes(length))();
}

/** How a secret is stored. */
export function keepSecret(secret: string, random: Random, now: number): ClientSecret {
  const id = `sec_${Buffer.from(random.bytes(8)).toString('base64url')}`;
  return { id, digest: digest(secret), createdAt: now };
}

/**
 * Adds a new secret to a client. At most one former secret stays valid, for `overlapSeconds`. Does
 * not store it.
 */
export function addSecret(
  client: Client,
  random: Random,
  now: number,
  overlapSeconds: number,
): { readonly client: Client; readonly secret: string } {
  if (!usesSecret(client.authenticationMethods))
    throw new ConfigError([
      {
        path: client.id,
        message: `a client with ${client.authenticationMethods.join(', ')} has no secret`,
      },
    ]);
  const secret = newSecret(random);
  const end = now + overlapSeconds;
  const former = client.secrets
    .filter((known) => known.expiresAt === undefined || known.expiresAt > now)
    .slice(-1)
    .map((known) => ({ ...known, expiresAt: Math.min(known.expiresAt ?? end, end) }));
  return { client: { ...client, secrets: [...former, keepSecret(secret, random, now)] }, secret };
}
