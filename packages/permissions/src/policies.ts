/**
 * The policies of the operator, parsed and checked once: their names, their effects and their
 * positions.
 */
import { ConfigError, type ConfigProblem } from '@keywright/core';
import type { CedarModule, DetailedError, PolicyJson } from './cedar.ts';
import { builtInPolicy, storedPermission } from './names.ts';

/** The policies of the operator, and where they were given. */
export interface PolicySource {
  /** In Cedar's language. */
  readonly text: string;
  /** The source, for its problems: `permissions.policies`. */
  readonly place: string;
}

export interface Policies {
  /** By name, including the built-in one. */
  readonly texts: Readonly<Record<string, string>>;
  readonly forbids: ReadonlySet<string>;
  /**
   * Whether a policy of the operator permits. Then the stored permissions alone do not say who may.
   */
  readonly permits: boolean;
  /** Actions in the policies, in the order of their bytes. */
  readonly actions: readonly string[];
}

/** Throws ConfigError with line and column. A policy's name is its `@id`, or `line 7`. */
export function parsePolicies(cedar: CedarModule, { text, place }: PolicySource): Policies {
  const checked = cedar.checkParsePolicySet({ staticPolicies: text });
  // A template is a fault too, but Cedar gives no position for it. The messages below have one.
  const parts = cedar.policySetTextToParts(text);
  if (parts.type === 'failure')
    throw new ConfigError(parts.errors.map((error) => problemOf(error, text, place)));
  const problems: ConfigProblem[] = parts.policy_templates.map((template) => ({
    path: place,
    message: `${lineOf(text, text.indexOf(template))}: is a template (?principal, ?resource), which nothing would fill in`,
  }));
  if (checked.type === 'failure' && problems.length === 0)
    problems.push(...checked.errors.map((error) => problemOf(error, text, place)));
  const named = namePolicies(cedar, parts.policies, { text, place }, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return describe(named);
}

interface NamedPolicy {
  readonly name: string;
  readonly text: string;
  readonly json: PolicyJson;
}

function namePolicies(
  cedar: CedarModule,
  texts: readonly string[],
  { text: source, place }: PolicySource,
  problems: ConfigProblem[],
): readonly NamedPolicy[] {
  const named = new Map<string, NamedPolicy>();
  let from = 0;
  for (const text of inSourceOrder(texts)) {
    const at = source.indexOf(text, from);
    from = at + text.length;
    const read = cedar.policyToJson(text);
    if (read.type === 'failure')
      throw new ConfigError(read.errors.map((error) => problemOf(error, source, place)));
    const line = lineOf(source, at);
    const name = read.json.annotations?.['id'] ?? line;
    if (named.has(name) || name === storedPermission)
      problems.push({
        path: place,
        message: `${line}: there is another policy ${JSON.stringify(name)}`,
      });
    named.set(name, { name, text, json: read.json });
  }
  return [...named.values()];
}

/**
 * Cedar numbers policies in the order of their text, and returns them sorted by name: policy10
 * before policy2.
 */
function inSourceOrder(texts: readonly string[]): readonly string[] {
  const numbers = texts
    .map((_, number) => number)
    .sort((one, other) => (`${one}` < `${other}` ? -1 : 1));
  const ordered: string[] = [];
  numbers.forEach((number, place) => {
    ordered[number] = texts[place] as string;
  });
  return ordered;
}

function describe(named: readonly NamedPolicy[]): Policies {
  const actions = new Set(named.flatMap(({ json }) => actionsOf(json)));
  return {
    texts: Object.fromEntries([
      [storedPermission, builtInPolicy],
      ...named.map(({ name, text }) => [name, text] as const),
    ]),
    forbids: new Set(named.filter(({ json }) => json.effect === 'forbid').map(({ name }) => name)),
    permits: named.some(({ json }) => json.effect === 'permit'),
    actions: [...actions].sort((one, other) =>
      Buffer.compare(Buffer.from(one), Buffer.from(other)),
    ),
  };
}

function actionsOf({ action }: PolicyJson): readonly string[] {
  if (action.op === 'All') return [];
  const entities =
    'entities' in action ? action.entities : 'entity' in action ? [action.entity] : [];
  return entities.map((entity) => ('__entity' in entity ? entity['__entity'] : entity).id);
}

function problemOf(
  { message, help, sourceLocations = [] }: DetailedError,
  text: string,
  path: string,
): ConfigProblem {
  const [place] = sourceLocations;
  const more = [place?.label, help].filter((one) => typeof one === 'string');
  const what = [message.replace(/^failed to parse policies from string: /, ''), ...more].join('; ');
  return { path, message: place === undefined ? what : `${placeOf(text, place.start)}: ${what}` };
}

/** Cedar counts bytes of UTF-8. */
function placeOf(text: string, byte: number): string {
  const before = Buffer.from(text).subarray(0, byte).toString();
  return `${lineOf(text, before.length)}, column ${before.length - before.lastIndexOf('\n')}`;
}

function lineOf(text: string, at: number): string {
  return `line ${text.slice(0, Math.max(at, 0)).split('\n').length}`;
}
