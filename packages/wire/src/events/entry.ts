/** One event type: its members, its level, and whether the audit and the metrics have it. */
import type { EventMembers } from './members.ts';

type MemberName = keyof EventMembers;
/** The name of a member of an event. With a question mark if an event may lack it. */
export type Member = MemberName | `${MemberName}?`;
/** The members of an event. */
export type Members = readonly Member[];

/** Which events of the type are audited. */
export type AuditCondition = 'always' | 'throttled' | 'account-known' | 'service-refused';

/** The level of an event in the log. An operator should look at `warn`. `error` is a bug. */
export type EventLevel = 'info' | 'warn' | 'error';

/**
 * The member by which the audit thins entries: it keeps a limited number for each value
 * (`server/src/audit/thinning.ts`).
 */
export type ThinnedBy = 'accountId' | 'clientId' | 'by' | 'path' | 'type' | 'never';

/** One entry of the table of events. */
export interface EventEntry<Kept extends Members = Members, Logged extends Members = Members> {
  /** For people. */
  readonly title: string;
  readonly level: EventLevel;
  /** Whether a running server tells it. Others come from commands, or from the audit itself. */
  readonly isCounted: boolean;
  /** What the audit keeps. Undefined: the event is for the log alone. */
  readonly audit:
    | { readonly members: Kept; readonly thinnedBy: ThinnedBy; readonly only: AuditCondition }
    | undefined;
  /** What only the log has. */
  readonly logged: Logged;
}

interface Audited<Logged extends Members> {
  readonly only?: AuditCondition;
  readonly level?: EventLevel;
  readonly isCounted?: boolean;
  readonly logged?: Logged;
}

/**
 * An event of the log and the audit. `never` thinned is only what an operator causes: what callers
 * can cause without an end must be thinned.
 */
export function audited<const Kept extends Members, const Logged extends Members = readonly []>(
  title: string,
  members: Kept,
  thinnedBy: ThinnedBy,
  { only = 'always', level = 'info', isCounted = true, logged }: Audited<Logged> = {},
): EventEntry<Kept, Logged> {
  const rest = logged ?? ([] as Members as Logged);
  return { title, level, isCounted, audit: { members, thinnedBy, only }, logged: rest };
}

/** An event of the log alone. */
export function logged<const Logged extends Members>(
  title: string,
  members: Logged,
  level: EventLevel = 'info',
): EventEntry<readonly [], Logged> {
  return { title, level, isCounted: true, audit: undefined, logged: members };
}

/** What a refusal may say of its cause, for the log alone. */
export const refusalLog = [
  'accountId?',
  'account?',
  'clientId?',
  'grantId?',
  'familyId?',
  'tokenId?',
  'keyId?',
  'network?',
  'audience?',
  'note?',
  'apiKey?',
  'authentication?',
  'endpoint?',
  'grant?',
  'grantType?',
  'insteadOf?',
  'interval?',
  'known?',
  'lapsed?',
  'limit?',
  'outcome?',
  'responseType?',
  'scheme?',
  'sent?',
  'shown?',
  'sign?',
] as const satisfies Members;
const request = ['status', 'method', 'path', 'description?', 'scope?'] as const satisfies Members;
/** A refusal. The audit keeps the first part. */
export const refused = ['reason', 'decision'] as const satisfies Members;
export const refusedRest = [...request, ...refusalLog] as const;
