/** Checks the types that an API declares. Each has texts for users and a schema for requests. */
import { refuseDisplayText } from '../../rules/display-text.ts';
import { hasPlainHost, parseHttpsAddress } from '../../rules/web-address.ts';
import { maxDepth, maxItems, maxMembers } from './schema.ts';
import { memberName, templateMembers } from './template.ts';
import type { DetailType, MemberSchema, ObjectSchema } from '../../model/api-settings.ts';
/** A type of authorization details as an operator declares it (RFC 9396 §2), not checked. */
export interface DetailTypeRegistration {
  readonly type: string;
  readonly name: string;
  readonly description: string;
  readonly resources?: string | undefined;
  readonly every_time?: boolean | undefined;
  /**
   * Where the names of resources come from: an https address at the API, or `function` for the port
   * `resolveResources`.
   */
  readonly resolver?: string | undefined;
  /** Whether a client may leave the resources out, so that the user picks from their own. */
  readonly choices?: boolean | undefined;
  readonly schema: unknown;
}

type Say = (member: string, message: string) => void;
type Members = Readonly<Record<string, unknown>>;

const maxTypes = 50;
/** RFC 9396 §2.2: the form of each common member. */
const commonTypes = {
  actions: 'array',
  datatypes: 'array',
  privileges: 'array',
  identifier: 'string',
} as const;

/**
 * Reports every problem. The result is valid only without problems. `taken` are the types of other
 * APIs.
 */
export function checkDetailTypes(
  input: readonly DetailTypeRegistration[] | undefined,
  taken: ReadonlyMap<string, string>,
  say: Say,
): readonly DetailType[] {
  if (input === undefined) return [];
  if (input.length > maxTypes)
    say('authorization_details_types', `may have at most ${maxTypes} types`);
  const names = input.map(({ type }) => type);
  return input.map((one, index) => {
    const at = `authorization_details_types[${index}]`;
    const other = taken.get(one.type);
    // A type decides for which API a detail is, so it belongs to one API.
    if (other !== undefined) say(`${at}.type`, `${one.type} already belongs to ${other}`);
    if (names.indexOf(one.type) < index) say(`${at}.type`, `${one.type} is declared twice`);
    return checkType(one, at, say);
  });
}

function checkType(input: DetailTypeRegistration, at: string, say: Say): DetailType {
  const { type, name, description, resources } = input;
  if (!/^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/.test(type))
    say(`${at}.type`, 'must be 1 to 100 characters of visible ASCII without quotes or backslashes');
  const refused = refuseDisplayText(name);
  if (refused !== undefined) say(`${at}.name`, refused);
  const schema = checkSchema(input.schema, `${at}.schema`, say);
  if (schema === undefined)
    return { type, name, description, schema: { type: 'object', properties: {} } };
  checkCommonMembers(schema, at, say);
  checkDescription(description, schema, at, say);
  if (resources !== undefined && schema.properties[resources]?.type !== 'array')
    say(`${at}.resources`, 'must name a member of the schema that is an array');
  checkResolver(input, schema, at, say);
  return {
    type,
    name,
    description,
    schema,
    ...(resources !== undefined ? { resources } : {}),
    ...(input.every_time === true ? { everyTime: true } : {}),
    ...(input.resolver !== undefined ? { resolver: input.resolver } : {}),
    ...(input.choices === true ? { choices: true } : {}),
  };
}

function checkResolver(
  { resources, resolver, choices = false }: DetailTypeRegistration,
  { required = [] }: ObjectSchema,
  at: string,
  say: Say,
): void {
  if (resolver !== undefined && resources === undefined)
    say(`${at}.resolver`, 'needs resources, because it names single resources');
  if (resolver !== undefined && resolver !== 'function' && !isOwnAddress(resolver))
    say(`${at}.resolver`, 'must be an https address, or an http address of a loopback host');
  if (!choices) return;
  if (resolver === undefined)
    say(`${at}.choices`, 'needs a resolver, which lists the resources of a user');
  if (resources !== undefined && required.includes(resources))
    say(`${at}.choices`, `has no effect while the schema requires ${resources}`);
}

/** A service token is sent to it, so nobody on the way may read it. */
function isOwnAddress(address: string): boolean {
  if (parseHttpsAddress(address) !== undefined) return true;
  const url = hasPlainHost(address) ? URL.parse(address) : null;
  return url?.protocol === 'http:' && loopbackHosts.has(url.hostname) && url.username === '';
}

const loopbackHosts: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

function checkDescription(description: string, schema: ObjectSchema, at: string, say: Say): void {
  if (description.trim() === '' || description.length > 200)
    say(
      `${at}.description`,
      'must say in 1 to 200 characters what it allows, from the user’s point of view',
    );
  for (const member of templateMembers(description))
    if (!Object.hasOwn(schema.properties, member))
      say(`${at}.description`, `{${member}} is not a member of the schema`);
}

function checkCommonMembers({ properties }: ObjectSchema, at: string, say: Say): void {
  for (const reserved of ['type', 'locations'])
    if (Object.hasOwn(properties, reserved))
      say(`${at}.schema.properties.${reserved}`, 'is part of every detail: leave it out');
  for (const [name, wanted] of Object.entries(commonTypes)) {
    const member = properties[name];
    if (member !== undefined && member.type !== wanted)
      say(`${at}.schema.properties.${name}.type`, `must be ${wanted} (RFC 9396 §2.2)`);
  }
}

function checkSchema(input: unknown, at: string, say: Say): ObjectSchema | undefined {
  const before = { faults: 0 };
  const counted: Say = (member, message) => {
    before.faults += 1;
    say(member, message);
  };
  checkMember(input, at, 0, counted);
  if (before.faults === 0 && (input as Members)['type'] !== 'object')
    counted(`${at}.type`, 'must be object');
  return before.faults === 0 ? (input as ObjectSchema) : undefined;
}

const keywords: Readonly<Record<MemberSchema['type'], readonly string[]>> = {
  object: ['type', 'title', 'properties', 'required'],
  array: ['type', 'title', 'items', 'maxItems'],
  string: ['type', 'title', 'enum', 'words', 'maxLength'],
  integer: ['type', 'title', 'minimum', 'maximum'],
  boolean: ['type', 'title'],
};

function checkMember(input: unknown, at: string, depth: number, say: Say): void {
  if (!isMembers(input)) return say(at, 'must be an object');
  const type = input['type'];
  if (typeof type !== 'string' || !Object.hasOwn(keywords, type))
    return say(`${at}.type`, `must be one of ${Object.keys(keywords).join(', ')}`);
  for (const keyword of Object.keys(input))
    if (!keywords[type as MemberSchema['type']].includes(keyword))
      say(`${at}.${keyword}`, `cannot be used in a schema of type ${type}`);
  const { title } = input;
  const refused = title === undefined ? undefined : refuseText(title);
  if (refused !== undefined) say(`${at}.title`, refused);
  if (type === 'object') checkObject(input, at, depth, say);
  if (type === 'array') checkArray(input, at, depth, say);
  if (type === 'string') checkString(input, at, say);
  if (type === 'integer')
    checkBounds(input, ['minimum', 'maximum'], Number.MIN_SAFE_INTEGER, at, say);
}

function checkObject({ properties, required }: Members, at: string, depth: number, say: Say): void {
  if (depth >= maxDepth) return say(at, `is nested deeper than ${maxDepth} objects`);
  if (!isMembers(properties)) return say(`${at}.properties`, 'must be an object');
  const names = Object.keys(properties);
  if (names.length > maxMembers) say(`${at}.properties`, `may have at most ${maxMembers} members`);
  for (const name of names) {
    // Excludes names such as `__proto__` and `constructor`, which do not behave like other members.
    if (!memberName.test(name) || name in Object.prototype)
      say(
        `${at}.properties.${name}`,
        'must begin with a letter, followed by up to 49 letters, digits or underscores',
      );
    checkMember(properties[name], `${at}.properties.${name}`, depth + 1, say);
  }
  if (required === undefined) return;
  if (!isStrings(required) || !required.every((name) => Object.hasOwn(properties, name)))
    say(`${at}.required`, 'must be an array of members that are in properties');
}

function checkArray(input: Members, at: string, depth: number, say: Say): void {
  const { items } = input;
  if (!isMembers(items) || items['type'] !== 'string') say(`${at}.items.type`, 'must be string');
  else checkMember(items, `${at}.items`, depth + 1, say);
  checkBounds(input, ['maxItems'], 1, at, say, maxItems);
}

function checkString(input: Members, at: string, say: Say): void {
  const { enum: known, words } = input;
  checkBounds(input, ['maxLength'], 1, at, say, 1000);
  if (known !== undefined && (!isStrings(known) || known.length === 0))
    say(`${at}.enum`, 'must be a non-empty array of strings');
  if (words === undefined) return;
  if (!isMembers(words)) return say(`${at}.words`, 'must be an object');
  for (const [value, word] of Object.entries(words)) {
    if (!isStrings(known) || !known.includes(value))
      say(`${at}.words.${value}`, 'is not a value of enum');
    const refused = refuseText(word);
    if (refused !== undefined) say(`${at}.words.${value}`, refused);
  }
}

function checkBounds(
  input: Members,
  names: readonly string[],
  least: number,
  at: string,
  say: Say,
  most = Number.MAX_SAFE_INTEGER,
): void {
  for (const name of names) {
    const bound = input[name];
    if (bound === undefined) continue;
    if (!Number.isSafeInteger(bound) || (bound as number) < least || (bound as number) > most)
      say(`${at}.${name}`, `must be a whole number from ${least} to ${most}`);
  }
}

function refuseText(text: unknown): string | undefined {
  return typeof text === 'string' ? refuseDisplayText(text) : 'must be a text';
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
