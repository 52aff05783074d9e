/**
 * A refusal in a log: our own line, an event of the guard inside any format of the API's logger, or
 * a sentence that names a reason. Only known members are read, so that nothing else of the line is
 * shown.
 */
import { type RefusalReason, refusals } from '@keywright/wire';
import type { FoundLine } from './log-search.ts';

/** The members of an event, in addition to reason, status and decision. */
const fields = [
  'method',
  'path',
  'issuer',
  'clientId',
  'subject',
  'accountId',
  'tokenId',
  'scope',
  'action',
  'note',
  'description',
  'authentication',
  'grantType',
  'responseType',
  'grantId',
  'familyId',
  'keyId',
  'outcome',
  'known',
  'by',
  'sign',
] as const;
export type Field = (typeof fields)[number];

export interface RefusalEntry {
  readonly reason: RefusalReason;
  readonly status: number | undefined;
  /** The time as the log writes it. */
  readonly at: string | undefined;
  readonly fields: Readonly<Partial<Record<Field, string>>>;
  /** For a fault: the message of the error. */
  readonly cause: string | undefined;
  readonly file: string;
  readonly line: number;
}

type Json = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isReason(value: unknown): value is RefusalReason {
  return typeof value === 'string' && Object.hasOwn(refusals, value);
}

/** Parses the entry of a line. Undefined if the line only mentions the decision. */
export function readEntry(line: FoundLine, decision: string): RefusalEntry | undefined {
  const whole = parseJson(line.text);
  if (whole === undefined) return readSentence(line);
  const path = findEvent(whole, decision);
  return path === undefined ? undefined : toEntry(path, line);
}

function parseJson(text: string): Json | undefined {
  // Some collectors write text before the line.
  const start = text.indexOf('{');
  if (start === -1) return undefined;
  try {
    const value: unknown = JSON.parse(text.slice(start));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** How far a line is searched. The content of a line is not trusted. */
const mostNodes = 2000;

/** The event and the objects that contain it, the innermost first. */
function findEvent(whole: Json, decision: string): readonly Json[] | undefined {
  const waiting: (readonly Json[])[] = [[whole]];
  for (let seen = 0; seen < mostNodes; seen += 1) {
    const path = waiting.shift();
    if (path === undefined) return undefined;
    const [node = {}] = path;
    if (node['decision'] === decision && isReason(node['reason'])) return path;
    for (const value of Object.values(node)) {
      const inner = isRecord(value) ? value : packedIn(value, decision);
      if (inner !== undefined) waiting.push([inner, ...path]);
    }
  }
  return undefined;
}

/** A whole line inside another, as container runtimes write it. */
function packedIn(value: unknown, decision: string): Json | undefined {
  return typeof value === 'string' && value.includes(decision) ? parseJson(value) : undefined;
}

function toEntry(path: readonly Json[], { file, number }: FoundLine): RefusalEntry {
  const [event = {}] = path;
  const request = requestOf(path);
  return {
    reason: event['reason'] as RefusalReason,
    status: typeof event['status'] === 'number' ? event['status'] : undefined,
    at: timeOf(path),
    fields: { ...request, ...fieldsOf(event) },
    cause: causeOf(path),
    file,
    line: number,
  };
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

function fieldsOf(event: Json): RefusalEntry['fields'] {
  const found: Partial<Record<Field, string>> = {};
  for (const name of fields) {
    const text = textOf(event[name]);
    if (text !== undefined) found[name] = name === 'path' ? withoutQuery(text) : text;
  }
  return found;
}

/** The text may contain a token. */
function withoutQuery(path: string): string {
  return path.split('?')[0] ?? '';
}

/** Members that request loggers write around the event. */
function requestOf(path: readonly Json[]): RefusalEntry['fields'] {
  const request = path.flatMap((node) => [node['req'], node['request']]).find(isRecord);
  const [method, url] = [
    textOf(request?.['method']),
    textOf(request?.['url'] ?? request?.['path']),
  ];
  return {
    ...(method === undefined ? {} : { method }),
    ...(url === undefined ? {} : { path: withoutQuery(url) }),
  };
}

const timeNames = ['time', 'timestamp', '@timestamp', 'ts', 'date'];

function timeOf(path: readonly Json[]): string | undefined {
  for (const node of path) {
    for (const name of timeNames) {
      const value = node[name];
      if (typeof value === 'string') return value;
      if (typeof value === 'number' && value > 0) return momentOf(value);
    }
  }
  return undefined;
}

/** Milliseconds, as in pino, or seconds, as in other loggers. */
function momentOf(value: number): string | undefined {
  const date = new Date(value < 1e11 ? value * 1000 : value);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

function causeOf(path: readonly Json[]): string | undefined {
  const thrown = path
    .flatMap((node) => [node['err'], node['error']])
    .find((one) => one !== undefined);
  return textOf(isRecord(thrown) ? thrown['message'] : thrown);
}

const reasonWord = new RegExp(`\\b(${Object.keys(refusals).join('|')})\\b`);
const pairs = /\b([A-Za-z]+)=("[^"]*"|[^\s",]+)/g;
/** The names that people use for the fields in a sentence. */
const otherNames: Readonly<Record<string, Field>> = {
  client: 'clientId',
  token: 'tokenId',
  account: 'accountId',
};

/** `refused 403 scope_insufficient client=heatlens decision=…` */
function readSentence({ file, number, text }: FoundLine): RefusalEntry | undefined {
  const reason = reasonWord.exec(text)?.[1];
  // A word such as "fault" is a reason only if the line says that it is one.
  if (!isReason(reason) || !(reason.includes('_') || /\b(?:refused|reason)\b/i.test(text)))
    return undefined;
  const found: Partial<Record<Field, string>> = {};
  for (const [, name = '', value = ''] of text.matchAll(pairs)) {
    const field = otherNames[name] ?? fields.find((one) => one === name);
    const plain = value.replace(/^"|"$/g, '');
    if (field === undefined || plain === '-' || plain === '') continue;
    found[field] = field === 'path' ? withoutQuery(plain) : plain;
  }
  const status = /\b([45]\d\d)\b/.exec(text)?.[1];
  return {
    reason,
    status: status === undefined ? undefined : Number(status),
    at: /\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)?/.exec(text)?.[0],
    fields: found,
    cause: undefined,
    file,
    line: number,
  };
}
