/** The event of a consent: the same members, however the user was asked. */
import type { Agreement } from '../../model/ports.ts';
import type { AuthorizationDetail, ConsentTerms } from '../../model/terms.ts';
import type { Core } from '../core.ts';

interface Answered {
  readonly granted: readonly AuthorizationDetail[];
  readonly declined: readonly AuthorizationDetail[];
}

/** Call it after the consent is stored. `by`: the service that answered for the user. */
export function emitConsent(
  core: Pick<Core, 'events'>,
  consent: Pick<Agreement, 'accountId' | 'clientId' | 'scopes' | 'declinedScopes'>,
  grantId: string | undefined,
  details: Answered | undefined,
  more: { readonly grantAction?: string | undefined; readonly by?: string | undefined } = {},
): void {
  const { accountId, clientId, scopes, declinedScopes } = consent;
  core.events.emit({
    type: 'consent.given',
    clientId,
    accountId,
    grantId,
    scopes,
    declinedScopes,
    ...(details && {
      detailTypes: [...new Set(details.granted.map(({ type }) => type))],
      detailsGranted: details.granted.length,
      detailsDeclined: details.declined.length,
    }),
    ...more,
  });
}

/** The details that a stored consent answered. Undefined if none were requested. */
export function answeredIn(terms: ConsentTerms | undefined): Answered | undefined {
  const { authorizationDetails: granted = [], declinedDetails: declined = [] } = terms ?? {};
  return granted.length + declined.length === 0 ? undefined : { granted, declined };
}
