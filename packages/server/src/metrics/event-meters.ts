/** Counts the events of the log: refusals by reason, and each type. */
import type { AnyEvent, Events } from '@keywright/core';
import { type Refusal, refusals } from '@keywright/wire';
import { events as known } from '@keywright/wire/events';
import type { Registry } from './registry.ts';

/** Every type that a running server tells. */
const eventTypes = Object.entries(known).flatMap(([type, { isCounted }]) =>
  isCounted ? [type] : [],
);

const reasons = Object.entries<Refusal>(refusals);

/** Passes the events on, and counts them. */
export function countEvents(registry: Registry, events: Events): Events {
  const refused = countRefusals(registry);
  const byType = registry.counter('keywright_events_total', 'Events of the log by type.', {
    type: eventTypes,
  });
  return {
    emit(event) {
      const { type, reason }: AnyEvent = event;
      byType.add(1, type);
      if (reason !== undefined) refused(reason);
      events.emit(event);
    },
  };
}

/**
 * The type follows from the reason. So there is one series for each reason, not one for each pair.
 */
function countRefusals(registry: Registry): (reason: string) => void {
  const counts = new Map(reasons.map(([reason]) => [reason, 0]));
  registry.read(
    'keywright_refusals_total',
    'Refusals by reason. docs/errors.md explains each reason.',
    {
      type: 'counter',
      across: 'sum',
      labels: { reason: [...counts.keys()], error: reasons.map(([, { error }]) => error ?? '') },
      read: () =>
        reasons.map(([reason, { error = '' }]) => [counts.get(reason) ?? 0, reason, error]),
    },
  );
  return (reason) => {
    const former = counts.get(reason);
    if (former !== undefined) counts.set(reason, former + 1);
  };
}
