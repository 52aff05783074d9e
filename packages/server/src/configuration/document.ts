/**
 * The configuration as it was written: the file with values from the environment, and the values
 * that override it.
 */
import { readFileSync } from 'node:fs';
import { type ConfigProblem, ConfigError } from '@keywright/core';
import type { Document } from 'yaml';
import { describeFileFault } from '../file-fault.ts';
import { nearest } from './nearest.ts';
import { environmentVariables } from './schema.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * A value that does not come from the file, and its name for the user: `--port`, `KEYWRIGHT_PORT`.
 */
export interface Override {
  readonly name: string;
  readonly path: readonly string[];
  readonly value: unknown;
}

function fail(path: string, message: string): never {
  throw new ConfigError([{ path, message }]);
}

/** Throws ConfigError if the file cannot be read. */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    return fail(file, describeFileFault(error, 'read'));
  }
}

/**
 * Parsers quote the text that they cannot read, which may be a secret. So only the position is
 * shown.
 */
function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const place = /line \d+ column \d+/.exec((error as Error).message)?.[0];
    return fail(file, `is not valid JSON${place === undefined ? '' : `, at ${place}`}`);
  }
}

/** What to do, by the code of the parser. The texts of the parser itself can quote the file. */
const yamlCures: Readonly<Record<string, string>> = {
  ALIAS_WITHIN_ITS_ANCHOR: 'an alias cannot be inside of the value that it names',
  ALIAS_WITHOUT_ANCHOR:
    'no anchor before it has this name; put a value that begins with * into quotes',
  BAD_DQ_ESCAPE: 'in double quotes a backslash begins an escape; use single quotes',
  BAD_INDENT:
    'indent this line like the other lines of its block, and close each bracket and quote',
  BAD_SCALAR_START: 'put this value into quotes',
  BLOCK_AS_IMPLICIT_KEY:
    'put a value that contains a colon and a space into quotes, and indent settings of one block alike',
  DUPLICATE_KEY: 'this name is already used in the same object',
  MISSING_CHAR: 'a colon, a comma, a space, a quote or a bracket is missing',
  MULTILINE_IMPLICIT_KEY: 'a name must be on one line; indent settings of one block alike',
  MULTIPLE_DOCS: 'the file must be one document',
  TAB_AS_INDENT: 'indent with spaces, not with tabs',
  UNEXPECTED_TOKEN: 'this text does not belong here; put the whole value into quotes',
};

/**
 * Reports every syntax fault at the position where it begins. The parser finds a missing quote or
 * bracket only at the position where it cannot continue.
 */
async function parseYaml(file: string, text: string): Promise<unknown> {
  const { LineCounter, parseDocument, visit } = await import('yaml');
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {
    lineCounter,
    prettyErrors: false,
    version: '1.2',
    merge: true,
  });
  const faults = document.errors.map(({ code, pos: [at] }) => ({ code: code as string, at }));
  /** The start of each quote or bracket, by its end. */
  const begins = new Map<number, number[]>();
  const note = ([begin, end]: readonly number[] = []) => {
    if (begin !== undefined && end !== undefined)
      begins.set(end, [...(begins.get(end) ?? []), begin]);
  };
  visit(document, {
    Scalar: (_, { type, range }) => void (type?.startsWith('QUOTE') === true && note(range ?? [])),
    Collection: (_, { flow, range }) => void (flow === true && note(range ?? [])),
    Alias: (_, alias, ancestors) => {
      const anchored = alias.resolve(document);
      const at = alias.range?.[0] ?? 0;
      if (anchored === undefined) faults.push({ code: 'ALIAS_WITHOUT_ANCHOR', at });
      else if (ancestors.includes(anchored)) faults.push({ code: 'ALIAS_WITHIN_ITS_ANCHOR', at });
    },
  });
  if (faults.length === 0) return toPlain(file, document);
  throw new ConfigError(
    faults.map(({ code, at }) => {
      const { line, col } = lineCounter.linePos(begins.get(at)?.pop() ?? at);
      const cure = yamlCures[code];
      const message = `is not valid YAML (${code}, line ${line} column ${col})`;
      return { path: file, message: cure === undefined ? message : `${message}: ${cure}` };
    }),
  );
}

function toPlain(file: string, document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    // Messages of the parser itself. They contain no value of the file.
    const { message } = error as Error;
    const isTooOften = message.startsWith('Excessive alias count');
    return fail(
      file,
      `is not valid YAML: ${isTooOften ? 'it repeats its anchors too often' : message}`,
    );
  }
}

/** Returns the plain data of a JSON or YAML file. Throws ConfigError if it cannot be read. */
export async function readDocument(
  file: string,
  text = readText(file),
): Promise<Record<string, unknown>> {
  const document = /\.ya?ml$/i.test(file) ? await parseYaml(file, text) : parseJson(file, text);
  if (typeof document === 'object' && document !== null && !Array.isArray(document)) {
    return document as Record<string, unknown>;
  }
  return fail(file, 'must contain an object');
}

const reference = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/;

/**
 * Replaces each text that is exactly `${NAME}` by the value from the environment, and collects the
 * names that are not set.
 */
export function resolveReferences(
  value: unknown,
  env: Environment,
  problems: ConfigProblem[],
  path = '',
): unknown {
  if (typeof value === 'string') {
    const name = reference.exec(value)?.[1];
    if (name === undefined) return value;
    if (env[name] === undefined)
      problems.push({ path, message: `needs the environment variable ${name}, which is not set` });
    return env[name] ?? '';
  }
  if (Array.isArray(value))
    return value.map((item, index) => resolveReferences(item, env, problems, `${path}[${index}]`));
  if (typeof value !== 'object' || value === null) return value;
  const resolve = ([key, item]: [string, unknown]): [string, unknown] => {
    return [key, resolveReferences(item, env, problems, path === '' ? key : `${path}.${key}`)];
  };
  return Object.fromEntries(Object.entries(value).map(resolve));
}

/** The command line reads KEYWRIGHT_CONFIG. Every other variable with this prefix must be known. */
export function readEnvironment(env: Environment, problems: ConfigProblem[]): readonly Override[] {
  const known = Object.keys(environmentVariables);
  const ours = Object.keys(env).filter(
    (name) => name.startsWith('KEYWRIGHT_') && name !== 'KEYWRIGHT_CONFIG',
  );
  return ours.flatMap((name) => {
    const path = environmentVariables[name as keyof typeof environmentVariables];
    if (path !== undefined) return [{ name, path, value: readValue(name, env[name] ?? '') }];
    problems.push({ path: name, message: `is not a variable of Keywright${nearest(name, known)}` });
    return [];
  });
}

/** Values from the environment are always text. */
function readValue(name: string, text: string): unknown {
  if (name === 'KEYWRIGHT_PORT' && /^\d{1,6}$/.test(text)) return Number(text);
  if (name === 'KEYWRIGHT_TRUSTED_PROXIES') return text.split(',').map((part) => part.trim());
  return text;
}

/**
 * Returns a copy of the document with one value set. If a parent is not an object, it stays, and
 * the schema reports it.
 */
export function applyOverride(
  document: Record<string, unknown>,
  override: Override,
): Record<string, unknown> {
  const [first = '', second] = override.path;
  if (second === undefined) return { ...document, [first]: override.value };
  const inner = document[first] ?? {};
  if (typeof inner !== 'object' || Array.isArray(inner)) return document;
  return { ...document, [first]: { ...inner, [second]: override.value } };
}
