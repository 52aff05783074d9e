/** An application that the user has connected: what it may do, and how that is taken back. */
import type { Core } from '../../kernel/core.ts';
import { hostOf } from '../../kernel/clients/document-address.ts';
import { formMark } from '../../kernel/pages/own-form.ts';
import { describeScope, describeWithoutScopes } from '../../kernel/pages/scope-groups.ts';
import type { SignedIn } from '../../kernel/pages/session.ts';
import type { Consent } from '../../model/entities.ts';
import type { ConnectionView } from '../../model/pages.ts';
import { connectionDetails } from './connection-details.ts';

export const connectionPath = '/account/connection';

export function aboutRevoking({ session }: SignedIn): string {
  return `revoke ${session.id}`;
}

export async function connectionView(
  core: Core,
  consent: Consent,
  signedIn: SignedIn,
  browserId: string,
): Promise<ConnectionView> {
  const client = await core.store.clients.load(consent.clientId);
  const apis = await core.loadApis();
  // Nobody has checked what an unverified client says of itself: no link, and no publisher.
  const { publisher, homepage } =
    client === undefined || client.trust === 'unverified' ? {} : client;
  return {
    client: {
      name: client?.name ?? consent.clientId,
      ...(publisher !== undefined ? { publisher } : {}),
      ...(homepage !== undefined ? { homepage } : {}),
      ...(client?.origin === 'document' ? { verifiedHost: hostOf(client.id) } : {}),
    },
    address: `${core.options.basePath}${connectionPath}?grant=${encodeURIComponent(consent.id)}`,
    scopes: [
      ...consent.scopes.map((name) => ({ name, description: describeScope(apis, name) })),
      ...describeWithoutScopes(apis, consent.audiences),
    ],
    details: connectionDetails(core, consent, signedIn, browserId, apis),
    connectedAt: consent.createdAt,
    lastUsedAt: consent.lastUsedAt,
    revoke: {
      action: `${core.options.basePath}/account/revoke`,
      fields: {
        csrf: formMark(core, browserId, aboutRevoking(signedIn)),
        grant: consent.id,
        client: consent.clientId,
      },
    },
  };
}
