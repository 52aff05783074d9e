/**
 * Metrics of the admission: requests in progress, the limit, and refused requests
 * (docs/decisions/0015-overload.md).
 */
import type { Gate } from '../http/gate.ts';
import type { Registry } from './registry.ts';

export function readAdmission(
  registry: Registry,
  gate: Pick<Gate, 'inWork' | 'most' | 'refused'>,
): void {
  registry.read('keywright_requests_in_work', 'Requests that wait for a place or for the store.', {
    type: 'gauge',
    across: 'each',
    read: () => [[gate.inWork]],
  });
  registry.read('keywright_requests_in_work_limit', 'The largest number of requests in progress.', {
    type: 'gauge',
    across: 'each',
    read: () => [[gate.most]],
  });
  registry.read(
    'keywright_overload_refusals_total',
    'Requests that were refused with 503 before any work.',
    {
      type: 'counter',
      across: 'sum',
      read: () => [[gate.refused]],
    },
  );
}
