/**
 * Parses the parameters of a query or form strictly: application/x-www-form-urlencoded (WHATWG URL
 * §5.1). RFC 6749 §3.1: a parameter without a value counts as absent, and no parameter may be
 * repeated. Exceptions are `resource` (RFC 8707 §2), and `scope` in the consent form.
 */
import { OAuthError } from '../../model/errors.ts';
import type { HttpRequest } from './message.ts';

export interface Parameters {
  get(name: string): string | undefined;
  /** All values of a parameter that may be repeated. */
  all(name: string): readonly string[];
  /** Names of the parameters that have a value. */
  names(): readonly string[];
  /** Names that were repeated although this is not allowed. */
  readonly repeated: ReadonlySet<string>;
}

const maxParameters = 200;
const none: ReadonlySet<string> = new Set();

/** Throws parameter_malformed for wrong percent-encoding, a NUL, or too many parameters. */
export function parseParameters(
  text: string,
  repeatable: readonly string[] = ['resource'],
): Parameters {
  const values = new Map<string, string>();
  const lists = new Map<string, string[]>();
  let repeated: Set<string> | undefined;
  const pairs = text === '' ? [] : text.split('&', maxParameters + 1);
  if (pairs.length > maxParameters) throw malformed('There are too many parameters.');
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? '' : decode(pair.slice(equals + 1));
    if (value === '') continue;
    if (repeatable.includes(name)) append(lists, name, value);
    else if (values.has(name)) (repeated ??= new Set()).add(name);
    else values.set(name, value);
  }
  return {
    get: (name) => values.get(name) ?? lists.get(name)?.[0],
    all: (name) => lists.get(name) ?? [],
    names: () => [...values.keys(), ...lists.keys()],
    repeated: repeated ?? none,
  };
}

/**
 * Parameters that did not come in a query or form. Values are texts, or lists if they may be
 * repeated. Throws parameter_malformed.
 */
export function parametersOf(
  values: Readonly<Record<string, string | readonly string[]>>,
): Parameters {
  const present = new Map(Object.entries(values).filter(([, value]) => value.length > 0));
  if (present.size > maxParameters) throw malformed('There are too many parameters.');
  if ([...present.values()].flat().some((value) => value.includes('\0')))
    throw malformed('A parameter contains a NUL.');
  return {
    get: (name) => [present.get(name) ?? []].flat()[0],
    all: (name) => [present.get(name) ?? []].flat(),
    names: () => [...present.keys()],
    repeated: none,
  };
}

/** The reverse of `parametersOf`. */
export function valuesOf(parameters: Parameters): Record<string, string | readonly string[]> {
  return Object.fromEntries(
    parameters.names().map((name) => {
      const all = parameters.all(name);
      return [name, all.length > 1 ? all : (parameters.get(name) ?? '')];
    }),
  );
}

function append(lists: Map<string, string[]>, name: string, value: string): void {
  const list = lists.get(name);
  if (list === undefined) lists.set(name, [value]);
  else list.push(value);
}

function decode(text: string): string {
  if (!/[%+\0]/.test(text)) return text;
  let decoded: string;
  try {
    decoded = decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw malformed('A parameter has wrong percent-encoding.');
  }
  if (decoded.includes('\0')) throw malformed('A parameter contains a NUL.');
  return decoded;
}

function malformed(description: string): OAuthError {
  return new OAuthError('parameter_malformed', { description });
}

/**
 * The parameters of a form post. Throws content_type_wrong, parameter_malformed,
 * parameter_repeated.
 */
export function parseForm(request: HttpRequest, repeatable?: readonly string[]): Parameters {
  assertForm(request);
  const parameters = parseParameters(request.body, repeatable);
  assertNotRepeated(parameters);
  return parameters;
}

/** RFC 6749 §3.2. Throws content_type_wrong. */
export function assertForm(request: HttpRequest): void {
  if (!isForm(request)) throw new OAuthError('content_type_wrong');
}

const formType = 'application/x-www-form-urlencoded';

export function isForm(request: HttpRequest): boolean {
  const contentType = request.headers['content-type'];
  if (contentType === formType) return true;
  return contentType?.split(';', 1)[0]?.trim().toLowerCase() === formType;
}

/** RFC 6749 §3.1, §3.2: request parameters must not be included more than once. */
export function assertNotRepeated(parameters: Parameters): void {
  if (parameters.repeated.size > 0) throw new OAuthError('parameter_repeated');
}

/** Throws parameter_missing with the name of the parameter. */
export function requireParameter(parameters: Parameters, name: string): string {
  const value = parameters.get(name);
  if (value === undefined)
    throw new OAuthError('parameter_missing', { description: `${name} is required.` });
  return value;
}
