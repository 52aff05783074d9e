/**
 * Makes docs/reference/events.md from the table of events in packages/wire/src/events. With
 * `--check` it fails when the page is not current.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type AuditCondition, type EventEntry, events, type Members } from '@keywright/wire/events';
import { report, root } from './source-files.ts';

const page = 'docs/reference/events.md';
const file = path.join(root, page);

const opening = `<!-- Made by tools/make-event-reference.ts from packages/wire/src/events: change them there. -->

# Events

What the server and its commands tell the [log](../guides/observe.md#log), the metric
\`keywright_events_total\` and the [audit](../guides/audit.md). No event holds a secret, a password or
an e-mail address.

- **Level**: that of the line in the log.
- **Metric**: whether the event is counted. Others come from commands, or from the audit itself.
- **Thinned**: for each value of this member, the audit keeps at most 100 events at once, and then one
  a second. \`type\`: at most so many of the type. \`never\`: only operators cause it.
- **?**: an event may lack this member. Each event that happens during a request also has
  \`request\` in the log.

`;

const named = (members: Members) => members.map((member) => `\`${member}\``).join(', ');
const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const conditions: Readonly<Record<AuditCondition, string>> = {
  always: '',
  throttled: ' Kept with the reason `throttled` alone.',
  'account-known': ' Kept with `accountId` alone.',
  'service-refused': ' Only these are kept; the log has every refusal.',
};

const rowOf = (type: string, { title, level, isCounted, audit, logged }: EventEntry) => {
  const about = [level, isCounted ? 'yes' : 'no'];
  if (audit === undefined) return [`\`${type}\``, title, ...about, named(logged)];
  const { members, thinnedBy, only } = audit;
  const meaning = title + (conditions[only] && `.${conditions[only]}`);
  return [`\`${type}\``, meaning, ...about, `\`${thinnedBy}\``, named(members), named(logged)];
};

const rows = (isAudited: boolean) =>
  Object.entries(events).flatMap(([type, entry]) =>
    (entry.audit !== undefined) === isAudited ? [rowOf(type, entry)] : [],
  );
const common = ['event', 'meaning', 'level', 'metric'];
const wanted = `${opening}## In the log and the audit

${table([...common, 'thinned', 'members that the audit keeps', 'in the log alone'], rows(true))}

## In the log alone

${table([...common, 'members'], rows(false))}
`;

if (process.argv.includes('--check')) {
  const current = existsSync(file) && readFileSync(file, 'utf8') === wanted;
  report(
    current ? [] : [`${page}: is not what the table says`],
    'Run: node tools/run.cjs tools/make-event-reference.ts',
  );
} else {
  writeFileSync(file, wanted);
}
