/** Explains a refusal for people: what, when, which rule, who, what was missing, what to do. */
import { refusal } from '@keywright/wire';
import { advice } from '@keywright/wire/advice';
import type { RefusalEntry } from './log-entry.ts';
import type { State } from './state.ts';

export interface Rule {
  readonly reason: string;
  readonly status: number;
  readonly error: string | undefined;
  readonly text: string;
  readonly section: string;
  readonly advice: string;
}

export interface Story {
  readonly decision: string;
  readonly entry: RefusalEntry;
  readonly rule: Rule;
  /** Undefined without a database, or if the token is from another issuer. */
  readonly state: State | undefined;
  /** Why there is no state. */
  readonly withoutState: string | undefined;
  /** The grants of the client's tier, for refusals about them. */
  readonly client: readonly string[];
}

export function ruleOf({ reason }: RefusalEntry): Rule {
  const { status, error, text, section } = refusal(reason);
  return { reason, status, error, text, section, advice: advice[reason] };
}

/** Whether the permissions of the client explain the refusal. */
export function isAboutClient({ reason }: RefusalEntry): boolean {
  return (
    reason.startsWith('client_') ||
    [
      'grant_type_unsupported',
      'scope_invalid',
      'target_invalid',
      'scope_insufficient',
      'redirect_uri_mismatch',
    ].includes(reason)
  );
}

type Row = readonly [label: string, text: string | undefined];

/** The longest value that is shown, because a log contains text of unknown callers. */
const longest = 300;

/** Removes everything that controls a terminal or looks like a token. */
export function shown(text: string): string {
  const clean = text
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\uFFFD')
    .replace(/\beyJ[\w-]{8,}\.[\w.-]*/g, '[token]')
    .replace(/\bkwk_[a-z0-9]+_\w{16,}/g, '[API key]');
  return clean.length > longest ? `${clean.slice(0, longest)}…` : clean;
}

function join(...parts: readonly (string | undefined)[]): string | undefined {
  const present = parts.filter((part) => part !== undefined && part !== '');
  return present.length === 0 ? undefined : present.join(', ');
}

const named = (name: string, value: string | undefined) =>
  value === undefined ? undefined : `${name} ${value}`;

function rowsOf({ decision, entry, rule }: Story): readonly Row[] {
  const { fields, at, cause, file, line, status = rule.status } = entry;
  const { method, path, scope, action } = fields;
  const place = path === undefined ? undefined : `${method ?? ''} ${path}`.trim();
  return [
    ['Refused', join(`${status} ${rule.reason}`, place, named('at', at))],
    ['Decision', `${decision} (${file}, line ${line})`],
    ['Rule', `${rule.text} (${rule.section})`],
    ['In detail', join(fields.description, fields.note, cause)],
    ['Who', whoOf(entry)],
    ['Needed', needsScope(rule) ? named('scope', scope) : undefined],
    // Most routes have the name of their scope, so it is shown already.
    ['Action', needsScope(rule) && action === scope ? undefined : action],
    ['Also', alsoOf(entry)],
    ['What to do', rule.advice.replaceAll('`', '')],
  ];
}

/** The client had the scope, so it was not the reason. */
function needsScope({ reason, error }: Rule): boolean {
  return error === 'insufficient_scope' || reason === 'token_missing';
}

function whoOf({ fields }: RefusalEntry): string | undefined {
  const { clientId, subject, accountId = subject, tokenId, issuer } = fields;
  const isService = clientId !== undefined && clientId === accountId;
  return join(
    named('client', clientId),
    isService ? 'on its own account' : named('user', accountId),
    named('token', tokenId),
    named('of', issuer),
  );
}

function alsoOf({ fields }: RefusalEntry): string | undefined {
  const { authentication, grantType, responseType, outcome, sign, grantId, familyId, keyId } =
    fields;
  return join(
    named('authentication', authentication),
    named('grant', grantType),
    named('response type', responseType),
    named('outcome', outcome),
    named('failed on', sign),
    named('grant', grantId),
    named('family', familyId),
    named('API key', keyId),
  );
}

function stateRows({ state, withoutState }: Story): readonly Row[] {
  if (state === undefined) return withoutState === undefined ? [] : [['Now', withoutState]];
  return state.findings.map(({ about, id, text }) => [
    'Now',
    join(`the ${about}${id === '' ? '' : ` ${id}`} ${text}`),
  ]);
}

export function renderStory(story: Story): string {
  const rows = [...rowsOf(story), ...stateRows(story)];
  const width = Math.max(...rows.map(([label]) => label.length));
  const lines = rows.flatMap(([label, text]) =>
    text === undefined ? [] : [`${label.padEnd(width)}  ${shown(text)}`],
  );
  return [...lines, ...(story.client.length === 0 ? [] : ['', ...story.client])].join('\n');
}

/** For `--json`: the same with names. */
export function toJson({ decision, entry, rule, state, withoutState, client }: Story): object {
  const { at, cause, file, line, status, fields } = entry;
  const clean = Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, shown(value)]),
  );
  return {
    found: true,
    decision,
    at,
    status: status ?? rule.status,
    rule,
    ...clean,
    ...(cause === undefined ? {} : { cause: shown(cause) }),
    log: { file, line },
    ...(state === undefined ? { withoutState } : { now: state.findings }),
    ...(client.length === 0 ? {} : { client }),
  };
}
