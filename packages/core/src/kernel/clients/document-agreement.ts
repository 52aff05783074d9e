/**
 * What is stored of a client whose id is an address when a user agrees to it: a row, which the
 * account page shows, and which an administrator can disable. Nothing is stored before that, so
 * that unknown clients cannot fill a table.
 */
import { digest } from '@keywright/jwt';
import type { Core } from '../core.ts';
import { OAuthError } from '../../model/errors.ts';
import type { Client, Consent } from '../../model/entities.ts';

/**
 * Call it before the consent is stored, because the consent refers to the row. Throws
 * client_unknown if an administrator has disabled the client meanwhile.
 */
export async function keepDescription(core: Core, client: Client, now: number): Promise<void> {
  if (client.origin !== 'document') return;
  const { unusedSeconds } = core.options.registration;
  if (!(await core.store.clients.describe(client, unusedSeconds, now)))
    throw new OAuthError('client_unknown');
}

/**
 * What a user saw of the client when they agreed. If any of it changes, it is another application
 * for the user.
 */
export function descriptionOf(client: Client): string | undefined {
  if (client.origin !== 'document') return undefined;
  const { name, homepage, redirectUris, scopes, authenticationMethods, settings } = client;
  // Without its keys, because a client should change them from time to time (§8.4.1).
  const { jwksUri, logoUri, policyUri, tosUri } = settings ?? {};
  const members = [
    name,
    homepage,
    redirectUris,
    scopes,
    authenticationMethods,
    jwksUri,
    logoUri,
    policyUri,
    tosUri,
  ];
  return digest(JSON.stringify(members));
}

/** §8.4: whether its description differs from what the user agreed to. */
export function hasChanged(client: Client, consent: Consent | undefined): boolean {
  const agreed = consent?.terms?.described;
  return agreed !== undefined && agreed !== descriptionOf(client);
}
