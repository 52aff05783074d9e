/** What happened, counted from the same events as the log: refusals by reason, and each type. */
import type { Events } from '@keywright/core';
import { type Refusal, refusals } from '@keywright/wire';
import type { Registry } from './registry.ts';

/** Every type that a running server tells. A test looks for those that are missing. */
export const eventTypes = [
  'refused',
  'fault',
  'overload',
  'authorization.granted',
  'authorization.denied',
  'authorization.refused',
  'consent.given',
  'sign_in.succeeded',
  'sign_in.refused',
  'sign_out',
  'password_change.refused',
  'password.wrong',
  'password_grant.used',
  'implicit_grant.used',
  'code.redeemed',
  'code.reused',
  'device.refused',
  'user_code.wrong',
  'backchannel.requested',
  'deferred.redeemed',
  'deferred.reused',
  'refresh_token.reused',
  'grant.ended',
  'detail.withdrawn',
  'family.ended',
  'access_token.revoked',
  'introspection.withheld',
  'client.registered',
  'client.registration_replaced',
  'client.registration_deleted',
  'client_document.refused',
  'registration_token.made',
  'client.added',
  'client.changed',
  'client.disabled',
  'client.enabled',
  'client.secret_renewed',
  'account.added',
  'account.disabled',
  'account.enabled',
  'account.password_changed',
  'account.changed',
  'api.changed',
  'api.removed',
  'api_key.issued',
  'api_key.rotated',
  'api_key.revoked',
  'api_key.leaked',
  'api_key.use_lost',
  'client_secret.use_lost',
  'client_keys.not_fetched',
  'signing_key.made',
  'signing_key.rotated',
  'permission.set',
  'permission.deleted',
  'permissions.fault',
  'membership.set',
  'membership.deleted',
  'containment.set',
  'containment.deleted',
  'token.exchanged',
  'assertion_grant.used',
  'account.tokens_revoked',
  'delivery.sent',
  'delivery.failed',
  'delivery.not_taken',
  'audit.head',
  'audit.tampered',
  'audit.not_written',
] as const;

const reasons = Object.entries<Refusal>(refusals);

/** The same events, counted on their way. */
export function countEvents(registry: Registry, events: Events): Events {
  const refused = countRefusals(registry);
  const byType = registry.counter('keywright_events_total', 'Events of the log by type.', {
    type: eventTypes,
  });
  return {
    emit(event) {
      byType.add(1, event.type);
      if (typeof event['reason'] === 'string') refused(event['reason']);
      events.emit(event);
    },
  };
}

/** Of the two labels one says the other: so there is a series a reason, and not one for each pair. */
function countRefusals(registry: Registry): (reason: string) => void {
  const counts = new Map(reasons.map(([reason]) => [reason, 0]));
  registry.read('keywright_refusals_total', 'Refusals by reason: docs/errors.md says what each means.', {
    type: 'counter',
    across: 'sum',
    labels: { reason: [...counts.keys()], error: reasons.map(([, { error }]) => error ?? '') },
    read: () => reasons.map(([reason, { error = '' }]) => [counts.get(reason) ?? 0, reason, error]),
  });
  return (reason) => {
    const former = counts.get(reason);
    if (former !== undefined) counts.set(reason, former + 1);
  };
}
