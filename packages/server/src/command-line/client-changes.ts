/**
 * `keywright clients set`: changes members of a client's registration, by their names in RFC 7591.
 */
import {
  changeClient,
  changedMembers,
  type Client,
  clientMemberTypes,
  type MemberType,
  renderForAdministrators,
  resolveOptions,
} from '@keywright/core';
import { readLogoFile } from '../configuration/client-brand.ts';
import { readText } from '../configuration/document.ts';
import { nearest } from '../configuration/nearest.ts';
import { describeFileFault } from '../file-fault.ts';
import { systemRandom } from '../ports.ts';
import { knownApis, loadClient } from './clients.ts';
import { type GlobalOptions, withStore } from './context.ts';
import { CommandError, print, printJson, refuseInput, warn } from './output.ts';

export interface SetClientOptions {
  readonly json?: boolean;
  readonly remove?: readonly string[];
  readonly otherSubjects?: boolean;
}

export function setClient(
  id: string,
  changes: readonly string[],
  options: SetClientOptions,
  global: GlobalOptions,
): Promise<void> {
  return withStore(global, async (context) => {
    const { configuration, store, vault, now, events } = context;
    const former = await loadClient(context, id);
    if (former.origin === 'config')
      throw new CommandError(`${id} is in the configuration: change it there.`);
    if (former.origin === 'document')
      throw new CommandError(
        `${id} is described by the document at its address: change the document.`,
      );
    const patch = readPatch(former, changes, options.remove ?? []);
    const rules = resolveOptions(configuration.options);
    const scopeCeiling = rules.registration.scopes;
    const apis = await knownApis(context);
    const allowsOtherSubjects = options.otherSubjects === true;
    const changing = { now, random: systemRandom, vault, scopeCeiling, apis, allowsOtherSubjects };
    const { client, secret, endsGrants } = await refuseInput(() =>
      changeClient(former, patch, { ...rules, ...changing }),
    );
    const changed = changedMembers(former, client);
    if (changed.length > 0 && !(await store.clients.update(client, former, endsGrants, now)))
      throw new CommandError(
        `${id} was changed by somebody else at the same time: look at it, and try again.`,
      );
    if (changed.length > 0)
      events.emit({ type: 'client.changed', clientId: id, changed, endsGrants });
    if (options.json === true)
      return printJson({ ...renderForAdministrators(client), client_secret: secret });
    print(
      changed.length === 0
        ? `${id} has these values already.`
        : `${id} is changed: ${changed.join(', ')}.`,
    );
    if (endsGrants) warn('The consents of its users have ended. Users are asked again.');
    if (secret === undefined) return undefined;
    print(`client_secret  ${secret}`);
    return warn('It needs this new secret, which is shown only once. The former secret has ended.');
  });
}

/**
 * Makes a patch for `changeClient`. Throws CommandError with every change that cannot be parsed.
 */
function readPatch(client: Client, changes: readonly string[], removed: readonly string[]) {
  const read = renderForAdministrators(client);
  const patch: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const change of changes) {
    const [, name = '', sign = '', text = ''] = /^([a-z_]+)([+-]?)=(.*)$/s.exec(change) ?? [];
    const type = typeOf(name);
    const value = type === undefined ? undefined : readValue(text, type);
    if (name === '')
      problems.push(`${change} must be member=value, member+=value or member-=value`);
    else if (type === undefined) problems.push(unknown(name));
    else if (value === undefined) problems.push(`${name} must be ${described[type]}`);
    else if (sign === '') patch[name] = value;
    else {
      const list = combine(name, type, memberNow(patch, read, name), value, sign === '+');
      if (list === undefined) problems.push(`${name} is not a list: set it by ${name}=value`);
      else patch[name] = list;
    }
  }
  for (const name of removed) {
    if (typeOf(name) === undefined) problems.push(unknown(name));
    patch[name] = null;
  }
  if (problems.length > 0) throw new CommandError(problems.join('\n'));
  if (Object.keys(patch).length === 0)
    throw new CommandError('Give a change: member=value, or --remove member.');
  return patch;
}

function typeOf(name: string): MemberType | undefined {
  return Object.hasOwn(clientMemberTypes, name) ? clientMemberTypes[name] : undefined;
}

function unknown(name: string): string {
  return `${name} is not a member of a client${nearest(name, Object.keys(clientMemberTypes))}`;
}

function memberNow(patch: object, read: object, name: string): unknown {
  return (Object.hasOwn(patch, name) ? patch : (read as Record<string, unknown>))[name as never];
}

const described: Readonly<Record<MemberType, string>> = {
  text: 'text',
  address: 'text',
  texts: 'one text, or a list in JSON',
  addresses: 'one text, or a list in JSON',
  flag: 'true or false',
  number: 'a whole number',
  object: 'an object in JSON, or @file',
  picture: 'a data address, or @file',
};

function readValue(text: string, type: MemberType): unknown {
  if (type === 'text' || type === 'address') return text;
  if (type === 'picture') return text.startsWith('@') ? readLogo(text.slice(1)) : text;
  if (type === 'flag') return text === 'true' ? true : text === 'false' ? false : undefined;
  if (type === 'number') return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  const isList = type === 'texts' || type === 'addresses';
  if (isList && !text.startsWith('[')) return text === '' ? undefined : [text];
  const value = parseJson(text.startsWith('@') ? readText(text.slice(1)) : text);
  return Array.isArray(value) === isList ? value : undefined;
}

function readLogo(file: string): string {
  try {
    return readLogoFile(file);
  } catch (error) {
    throw new CommandError(`${file} ${describeFileFault(error, 'read')}.`);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Adds the value, or removes it: of a list, or of values separated by spaces. */
function combine(
  name: string,
  type: MemberType,
  now: unknown,
  value: unknown,
  adds: boolean,
): unknown {
  const isWords = name === 'scope' || name === 'optional_scope';
  if (!isWords && type !== 'texts' && type !== 'addresses') return undefined;
  const former = isWords ? wordsOf(now) : ((now as readonly string[] | undefined) ?? []);
  const given = isWords ? wordsOf(value) : (value as readonly string[]);
  const others = former.filter((one) => !given.includes(one));
  const list = adds ? [...others, ...given] : others;
  return isWords ? list.join(' ') : list;
}

function wordsOf(text: unknown): readonly string[] {
  return typeof text === 'string' ? text.split(' ').filter((word) => word !== '') : [];
}
