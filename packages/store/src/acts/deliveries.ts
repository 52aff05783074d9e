/** Messages to clients. Each one is stored until it has arrived or has expired. */
import type { Delivery, DeliveryStore, DueDelivery } from '@keywright/core';
import { type Act, type Row, type Statement, statement } from '../act.ts';
import { rowsOf } from '../columns.ts';
import { type Kept, oneByOne, single } from '../kept.ts';
import { deleteEnded } from '../pruning.ts';

const deliveryRows = rowsOf<Omit<DueDelivery, 'headers' | 'body'> & { readonly message: object }>(
  'deliveries',
  {
    id: 'plain',
    kind: 'plain',
    clientId: 'plain',
    url: 'plain',
    message: ['body', 'json'],
    attempts: 'plain',
    nextAt: 'plain',
    expiresAt: 'plain',
  },
);

export const deliveries: Kept<DeliveryStore> = {
  tables: { deliveries: deleteEnded('deliveries', 'id', 'expires_at') },
  verbs: {
    add: single({ addDelivery }),
    takeDue: oneByOne({ takeDueDeliveries }),
    done: single({ endDelivery }),
  },
};

/** How often the pause is doubled at most. */
const mostDoublings = 6;

const take = `UPDATE deliveries
  SET attempts = attempts + 1,
    next_at = $1 + $3 * (1 << CASE WHEN attempts < ${mostDoublings} THEN CAST(attempts AS INTEGER) ELSE ${mostDoublings} END)
  WHERE id IN (SELECT id FROM deliveries WHERE next_at <= $1 AND expires_at > $1 ORDER BY next_at, id LIMIT $2)
  RETURNING ${deliveryRows.columns}`;

function* addDelivery(delivery: Delivery): Act<void> {
  yield insertDelivery(delivery);
}

export function insertDelivery({ headers, body, ...delivery }: Delivery): Statement {
  const row = { ...delivery, message: { headers, body }, attempts: 0 };
  return statement(
    `${deliveryRows.insert} ON CONFLICT (id) DO NOTHING`,
    ...deliveryRows.valuesOf(row),
  );
}

function* takeDueDeliveries(
  now: number,
  limit: number,
  seconds: number,
): Act<readonly DueDelivery[]> {
  const { rows } = yield statement(take, now, limit, seconds);
  return rows.map(toDelivery);
}

function* endDelivery(id: string): Act<void> {
  yield statement('DELETE FROM deliveries WHERE id = $1', id);
}

function toDelivery(row: Row): DueDelivery {
  const { message, ...delivery } = deliveryRows.read(row);
  return { ...delivery, ...(message as Pick<Delivery, 'headers' | 'body'>) };
}
