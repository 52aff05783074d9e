/**
 * What the audit keeps: the events that `wire/src/events` gives an audit rule, with the members
 * that the rule names. No member contains a secret. Users are ids of accounts.
 */
import type { AnyEvent } from '@keywright/core';
import { type AuditCondition, type EventEntry, events } from '@keywright/wire/events';

export type AuditRule = NonNullable<EventEntry['audit']>;

/**
 * The addresses that only services call, below any path of the issuer. Few, so that each may have a
 * budget.
 */
const serviceAddresses =
  /\/(?:admin\/(?:permissions|memberships|parents|v1\/[a-z/-]{1,30})|access\/v1\/[a-z/]{1,30}|introspect|revoke|global-token-revocation|api-keys\/(?:manifest|usage))$/;

const isMet: Readonly<Record<AuditCondition, (event: AnyEvent) => boolean>> = {
  always: () => true,
  throttled: ({ reason }) => reason === 'throttled',
  'account-known': ({ accountId }) => accountId !== undefined,
  'service-refused': ({ status, path, reason }) => {
    if ((status !== 401 && status !== 403) || path === undefined) return false;
    const isClientRefused = reason === 'client_authentication_failed' && path.endsWith('/token');
    return isClientRefused || serviceAddresses.test(path);
  },
};

/** The audit rule of this event. Undefined if the event is only for the log. */
export function auditRuleOf(event: AnyEvent): AuditRule | undefined {
  const { audit } = events[event.type];
  return audit !== undefined && isMet[audit.only](event) ? audit : undefined;
}
