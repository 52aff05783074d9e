/**
 * Describes the problems of a configuration. Each message of the schema names the setting and the
 * correction.
 */
import { ConfigError, type ConfigProblem } from '@keywright/core';
import type * as z from 'zod';
import type { Override } from './document.ts';
import { nearest } from './nearest.ts';

/** `clients[0].redirect_uris[1]` */
export function renderPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}

/** The names that the schema knows at a path. None if there is no object. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  let at: unknown = schema;
  for (const part of path) at = step(unwrap(at), part);
  const { shape } = unwrap(at) as { shape?: object };
  return Object.keys(shape ?? {});
}

function step(schema: unknown, part: PropertyKey): unknown {
  const { shape, element } = schema as { shape?: Record<PropertyKey, unknown>; element?: unknown };
  return typeof part === 'number' ? element : shape?.[part];
}

/** The schema inside of optional, default and prefault. */
function unwrap(schema: unknown): unknown {
  let inner = schema as { def?: { innerType?: unknown } } | undefined;
  while (inner?.def?.innerType !== undefined) inner = inner.def.innerType as typeof inner;
  return inner ?? {};
}

function describe(issue: z.core.$ZodIssue): string {
  // In these messages Zod does not quote the value. Custom texts come from our schema.
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined'))
    return 'is required';
  if (issue.code === 'invalid_type')
    return issue.message
      .replace(/^Invalid input: expected/, 'must be of type')
      .replace(', received', ', not');
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.join(', ')}`;
  if (issue.code === 'too_small')
    return issue.message.startsWith('Too') ? `must be at least ${issue.minimum}` : issue.message;
  if (issue.code === 'too_big') return `must be at most ${issue.maximum}`;
  return issue.message;
}

export function describeIssues(
  schema: z.ZodType,
  issues: readonly z.core.$ZodIssue[],
): readonly ConfigProblem[] {
  return issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys')
      return [{ path: renderPath(issue.path), message: describe(issue) }];
    const known = knownKeys(schema, issue.path);
    return issue.keys.map((key) => ({
      path: renderPath([...issue.path, key]),
      message: `is not a setting${nearest(key, known)}`,
    }));
  });
}

/** Runs a check and keeps the problems of its ConfigError. */
export function collect<T>(problems: ConfigProblem[], check: () => T): T | undefined {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

/** Removes duplicates, and further problems of a value whose environment variable is not set. */
export function withoutDoubles(
  problems: readonly ConfigProblem[],
  unset: ReadonlySet<string>,
): readonly ConfigProblem[] {
  return problems.filter((one, index) => {
    const same = (other: ConfigProblem) =>
      other.path === one.path && (unset.has(one.path) || other.message === one.message);
    return index === problems.findIndex(same);
  });
}

/**
 * A problem of a value from the environment or a flag uses the name of the variable or the flag.
 */
export function nameOverrides(
  problems: readonly ConfigProblem[],
  overrides: readonly Override[],
): readonly ConfigProblem[] {
  return problems.map((problem) => {
    const override = overrides.findLast(
      ({ path: place }) => place.join('.') === problem.path.replace(/\[\d+\]$/, ''),
    );
    return override === undefined ? problem : { ...problem, path: override.name };
  });
}
