import { events, memberName } from '@keywright/wire/events';
import { expect, it } from 'vitest';
import type { Event } from './events.ts';
import { secretNames } from './features.ts';

const told: Event[] = [];
const emit = (event: Event) => void told.push(event);

it('an event that is not in the catalogue, or has a wrong member, does not compile', () => {
  emit({ type: 'sign_out', accountId: 'usr_1' });
  // @ts-expect-error: no entry has this type
  emit({ type: 'made.up' });
  // @ts-expect-error: its `network` is missing
  emit({ type: 'sign_in.succeeded', accountId: 'usr_1' });
  // @ts-expect-error: it has no such member
  emit({ type: 'sign_out', accountId: 'usr_1', scopes: [] });
  // @ts-expect-error: a number is no account
  emit({ type: 'sign_out', accountId: 1 });
  expect(told).toHaveLength(5);
});

it('a secret in an event does not compile, also in a spread object', () => {
  const credentials = { accountId: 'usr_1', password: 'hunter2' };
  // @ts-expect-error: `password` is a secret
  emit({ type: 'sign_out', ...credentials });
  const names = Object.values(events).flatMap(({ audit, logged }) => [
    ...(audit?.members ?? []),
    ...logged,
  ]);
  const secrets: readonly string[] = secretNames;
  expect(names.map(memberName).filter((name) => secrets.includes(name))).toEqual([]);
});

it('the audit reduces each event that callers can cause by a member that the event has', () => {
  const bad = Object.entries(events).filter(([, { audit }]) => {
    if (audit === undefined || audit.thinnedBy === 'never' || audit.thinnedBy === 'type')
      return false;
    return !audit.members.map(memberName).includes(audit.thinnedBy);
  });
  expect(bad).toEqual([]);
});
