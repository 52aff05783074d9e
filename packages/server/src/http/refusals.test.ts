import type { AnyEvent } from '@keywright/core';
import { expect, test } from 'vitest';
import { createCarrierRefusals, mostLines } from './refusals.ts';

const request = { method: 'OPTIONS', path: '', id: 'req_1' };

test('a flood of malformed requests makes ten lines a second of each kind, and each answer has an id of the log', () => {
  const events: AnyEvent[] = [];
  let now = 0;
  const refusals = createCarrierRefusals(
    'https://login.example',
    { emit: (event) => void events.push(event) },
    () => now,
  );
  for (const kind of [
    'targetUnreadable',
    'hostUnreadable',
    'bodyNotUtf8',
    'bodyTooLarge',
  ] as const) {
    events.length = 0;
    now += 1000;
    const answers = Array.from({ length: 1000 }, () => refusals[kind](request));
    expect(events).toHaveLength(mostLines);
    const ids = new Set(events.map((event) => String(event['decision'])));
    expect(ids.size).toBe(mostLines);
    for (const { body } of answers)
      expect(ids).toContain(/decision=(dec_[\w-]{22})/.exec(body)?.[1]);
    expect(events.at(-1)).toMatchObject({
      note: 'all further ones of this second have this decision',
    });
    now += 1000;
    refusals[kind](request);
    expect(events).toHaveLength(mostLines + 1);
  }
});

test('faults of the server are all in the log', () => {
  const events: AnyEvent[] = [];
  const refusals = createCarrierRefusals('https://login.example', {
    emit: (event) => void events.push(event),
  });
  for (let count = 0; count < 50; count += 1) refusals.fault(request, new Error('x'));
  expect(events).toHaveLength(50);
});
