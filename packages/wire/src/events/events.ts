/**
 * The events: one entry for each type. The types of what is emitted, the levels of the log, the
 * metric, the audit and docs/reference/events.md are derived from this table.
 */
import { administrationEvents } from './administration.ts';
import { clientEvents } from './clients.ts';
import type { EventEntry, Member, refusalLog } from './entry.ts';
import type { EventMembers } from './members.ts';
import { operationEvents } from './operation.ts';
import { peopleEvents } from './people.ts';
import { tokenEvents } from './tokens.ts';

export type {
  AuditCondition,
  EventEntry,
  EventLevel,
  Member,
  Members,
  ThinnedBy,
} from './entry.ts';
export type * from './members.ts';

const table = {
  ...operationEvents,
  ...peopleEvents,
  ...tokenEvents,
  ...clientEvents,
  ...administrationEvents,
};
type Table = typeof table;

/** The type of an event: a key of `events`. */
export type EventType = keyof Table;
/**
 * All events, by type: level of the log, metric, members, and what the audit keeps.
 * @example
 * ```ts
 * import { events } from '@keywright/wire/events';
 *
 * const audited = Object.entries(events).filter(([, { audit }]) => audit !== undefined);
 * console.log(audited.map(([type, { title }]) => `${type}: ${title}`).join('\n'));
 * ```
 */
export const events: Readonly<Record<EventType, EventEntry>> = table;

type ListedOf<Entry> =
  Entry extends EventEntry<infer Kept, infer Logged> ? (Kept | Logged)[number] : never;
type Always<Listed> = Exclude<Listed, `${string}?`> & keyof EventMembers;
type Sometimes<Listed> = (Listed extends `${infer Name}?` ? Name : never) & keyof EventMembers;
type Having<Listed> = {
  readonly [Name in Always<Listed>]: EventMembers[Name];
} & {
  readonly [Name in Sometimes<Listed>]?: EventMembers[Name] | undefined;
};

/** An event of this type. `request`: the id of the request during which it happened. */
export type EventOf<Type extends EventType> = Type extends EventType
  ? { readonly type: Type; readonly request?: string | undefined } & Having<ListedOf<Table[Type]>>
  : never;

/** What happened: discriminated by `type`. */
export type KnownEvent = EventOf<EventType>;

/** An event of any type, for those that pass it on: every member that it may have. */
export type AnyEvent = { readonly type: EventType; readonly request?: string | undefined } & {
  readonly [Name in keyof EventMembers]?: EventMembers[Name] | undefined;
};

/** What a refusal may say of its cause, for the log alone. */
export type RefusalLog = Having<(typeof refusalLog)[number]>;

/** The name of a member, without the mark of one that may be missing. */
export function memberName(member: Member): keyof EventMembers {
  return member.replace('?', '') as keyof EventMembers;
}
