/**
 * What is kept of a client whose id is an address, once somebody agrees to it: the row that the
 * account page names it by, and that an administrator can disable. Until then strangers fill no
 * table.
 */
import { digest } from '@keywright/jwt';
import type { Core } from '../core.ts';
import { OAuthError } from '../../model/errors.ts';
import type { Client, Consent } from '../../model/entities.ts';

/**
 * Before the agreement itself, which hangs on it. Throws client_unknown when an administrator has
 * disabled it meanwhile.
 */
export async function keepDescription(core: Core, client: Client, now: number): Promise<void> {
  if (client.origin !== 'document') return;
  const { unusedSeconds } = core.options.registration;
  if (!(await core.store.clients.describe(client, unusedSeconds, now)))
    throw new OAuthError('client_unknown');
}

/**
 * What a person was told of it when they agreed: a change of any of these makes it another
 * application, as far as they can see.
 */
export function descriptionOf(client: Client): string | undefined {
  if (client.origin !== 'document') return undefined;
  const { name, homepage, redirectUris, scopes, authenticationMethods, settings } = client;
  // Not its keys: to change those from time to time is what it should do (§8.4.1).
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

/** §8.4: whether its description is another one than the person agreed to. */
export function hasChanged(client: Client, consent: Consent | undefined): boolean {
  const agreed = consent?.terms?.described;
  return agreed !== undefined && agreed !== descriptionOf(client);
}
