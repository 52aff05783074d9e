/**
 * Parses WWW-Authenticate (RFC 9110 §11.6.1): several challenges in one field or in several fields,
 * parameters with or without quotes. It does not know what a scheme means.
 */
export interface Challenge {
  /** In lower case: schemes are compared without case (RFC 9110 §11.1). */
  readonly scheme: string;
  /** Instead of parameters, as in Negotiate. */
  readonly token68?: string;
  /**
   * Names in lower case, values without quotes. If a name occurs twice, the first value is kept.
   */
  readonly parameters: Readonly<Record<string, string>>;
  /** Names that occur more than once, which is not allowed (RFC 9110 §11.2). */
  readonly repeated: readonly string[];
}

const token = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const token68 = /[A-Za-z0-9._~+/-]+=*/y;
const quoted = /"((?:[\t\x20\x21\x23-\x5B\x5D-\x7E\x80-\xFF]|\\[\t\x20-\x7E\x80-\xFF])*)"/y;
const blank = /[ \t]*/y;
const blanks = /[ \t]+/y;
const separators = /[ \t]*(?:,[ \t]*)*/y;

/** A position in a text. */
interface Cursor {
  readonly text: string;
  at: number;
}

function take(cursor: Cursor, pattern: RegExp): RegExpExecArray | undefined {
  pattern.lastIndex = cursor.at;
  const found = pattern.exec(cursor.text);
  if (found === null) return undefined;
  cursor.at = pattern.lastIndex;
  return found;
}

/**
 * Returns the challenges of all WWW-Authenticate fields of an answer, or undefined if a field
 * cannot be parsed.
 */
export function parseChallenges(fields: readonly string[]): readonly Challenge[] | undefined {
  const all = fields.map(parseField);
  return all.includes(undefined) ? undefined : all.flatMap((challenges) => challenges ?? []);
}

function parseField(text: string): readonly Challenge[] | undefined {
  const cursor: Cursor = { text, at: 0 };
  const challenges: Challenge[] = [];
  // RFC 9110 §5.6.1.2: empty list elements are ignored.
  take(cursor, separators);
  while (cursor.at < text.length) {
    const challenge = takeChallenge(cursor);
    if (challenge === undefined) return undefined;
    challenges.push(challenge);
  }
  return challenges;
}

function takeChallenge(cursor: Cursor): Challenge | undefined {
  const scheme = take(cursor, token)?.[0].toLowerCase();
  if (scheme === undefined) return undefined;
  const bare = { scheme, parameters: {}, repeated: [] };
  if (take(cursor, blanks) === undefined || cursor.at === cursor.text.length)
    return endElement(cursor) ? bare : undefined;
  const opaque = takeToken68(cursor);
  if (opaque !== undefined) return { ...bare, token68: opaque };
  return takeParameters(cursor, scheme);
}

/** Whether a list element ends here. If so, moves to the next element. */
function endElement(cursor: Cursor): boolean {
  const from = cursor.at;
  const gap = take(cursor, separators)?.[0] ?? '';
  if (cursor.at === cursor.text.length || gap.includes(',')) return true;
  cursor.at = from;
  return false;
}

function takeToken68(cursor: Cursor): string | undefined {
  const from = cursor.at;
  const found = take(cursor, token68)?.[0];
  if (found !== undefined && endElement(cursor)) return found;
  cursor.at = from;
  return undefined;
}

function takeParameters(cursor: Cursor, scheme: string): Challenge | undefined {
  const parameters: Record<string, string> = Object.create(null) as Record<string, string>;
  const repeated: string[] = [];
  take(cursor, separators);
  for (let taken = takeParameter(cursor); taken !== undefined; taken = takeParameter(cursor)) {
    const [name, value] = taken;
    if (name in parameters) repeated.push(name);
    else parameters[name] = value;
    if (!endElement(cursor)) return undefined;
  }
  return { scheme, parameters, repeated };
}

/** Returns undefined and consumes nothing if the next challenge begins here. */
function takeParameter(cursor: Cursor): readonly [string, string] | undefined {
  const from = cursor.at;
  const name = take(cursor, token)?.[0];
  take(cursor, blank);
  if (name !== undefined && cursor.text[cursor.at] === '=') {
    cursor.at += 1;
    take(cursor, blank);
    const value = takeValue(cursor);
    if (value !== undefined) return [name.toLowerCase(), value];
  }
  cursor.at = from;
  return undefined;
}

function takeValue(cursor: Cursor): string | undefined {
  const text = take(cursor, quoted)?.[1];
  return text === undefined ? take(cursor, token)?.[0] : text.replace(/\\(.)/gs, '$1');
}

/** RFC 6750 §3: the characters that each of these values may have. */
const bearerValues: Readonly<Record<string, RegExp>> = {
  error: /^[\x20\x21\x23-\x5B\x5D-\x7E]+$/,
  error_description: /^[\x20\x21\x23-\x5B\x5D-\x7E]+$/,
  error_uri: /^[\x21\x23-\x5B\x5D-\x7E]+$/,
  scope: /^[\x21\x23-\x5B\x5D-\x7E]+(?: [\x21\x23-\x5B\x5D-\x7E]+)*$/,
};

/** Says what is wrong with the form of a challenge, one sentence for each fault. */
export function findChallengeFaults({
  scheme,
  parameters,
  repeated,
}: Challenge): readonly string[] {
  const twice = repeated.map((name) => `${name} occurs more than once in one ${scheme} challenge`);
  if (scheme !== 'bearer') return twice;
  const ill = Object.entries(bearerValues)
    .filter(([name, form]) => parameters[name] !== undefined && !form.test(parameters[name]))
    .map(([name]) => `${name} has a character that RFC 6750 §3 does not allow`);
  return [...twice, ...ill];
}
