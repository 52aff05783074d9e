/** `keywright permissions`, `memberships` and `parents`. A change applies to the next decision. */
import {
  type Entity,
  type LinkWords,
  memberships,
  parents,
  linkEvent,
  type LinkOutcome,
  longestId,
  longestName,
  maxAbove,
  maxLinkDepth,
  type Permission,
  refuseText,
} from '@keywright/core';
import { openDecisions } from '../decisions.ts';
import { listAll } from '../declarations.ts';
import { type GlobalOptions, withStore } from './context.ts';
import { CommandError, moment, print, printJson, printList, warn } from './output.ts';

interface Printed {
  readonly json?: boolean;
}

/** `user:usr_1`: the type ends at the first colon. */
function parseEntity(text: string, what: string): Entity {
  const colon = text.indexOf(':');
  const [type, id] = [text.slice(0, Math.max(colon, 0)), text.slice(colon + 1)];
  if (colon < 1 || id === '')
    throw new CommandError(`${what} must be a type and an id, for example building:b-201.`);
  return {
    type: checkText(type, `The type of the ${what}`, longestName),
    id: checkText(id, `The id of the ${what}`, longestId),
  };
}

function checkText(text: string, what: string, longest: number): string {
  const refused = refuseText(text, longest);
  if (refused !== undefined) throw new CommandError(`${what} ${refused}.`);
  return text;
}

function parsePermission(
  subject: string,
  action: string,
  resource: string,
): Omit<Permission, 'createdAt'> {
  return {
    subject: parseEntity(subject, 'subject'),
    action: checkText(action, 'The action', longestName),
    resource: parseEntity(resource, 'resource'),
  };
}

const show = ({ type, id }: Entity) => `${type}:${id}`;
type Words = readonly [subject: string, action: string, resource: string];

export function setPermission(
  [subject, action, resource]: Words,
  global: GlobalOptions,
): Promise<void> {
  const permission = parsePermission(subject, action, resource);
  return withStore(global, async ({ store, now, events }) => {
    const isNew = await store.permissions.set({ ...permission, createdAt: now });
    if (isNew) events.emit({ type: 'permission.set', subject, action, resource });
    print(`${subject} may ${action} on ${resource}${isNew ? '' : ', as before'}.`);
  });
}

export function deletePermission(
  [subject, action, resource]: Words,
  global: GlobalOptions,
): Promise<void> {
  const permission = parsePermission(subject, action, resource);
  return withStore(global, async ({ store, events }) => {
    if (!(await store.permissions.remove(permission)))
      throw new CommandError(`${subject} has no permission to ${action} on ${resource}.`);
    events.emit({ type: 'permission.deleted', subject, action, resource });
    print(`Deleted. Access of ${subject} by groups, parents or policies did not change.`);
  });
}

export interface ListPermissionsOptions extends Printed {
  readonly subject?: string;
  readonly resource?: string;
}

export function listPermissions(
  options: ListPermissionsOptions,
  global: GlobalOptions,
): Promise<void> {
  const filter = {
    ...(options.subject === undefined ? {} : { subject: parseEntity(options.subject, 'subject') }),
    ...(options.resource === undefined
      ? {}
      : { resource: parseEntity(options.resource, 'resource') }),
  };
  return withStore(global, async ({ store }) => {
    const all = await listAll((paging) => store.permissions.list(filter, paging));
    printList(
      all,
      options.json === true,
      ['SUBJECT', 'ACTION', 'RESOURCE', 'SINCE'],
      (permission) => [
        show(permission.subject),
        permission.action,
        show(permission.resource),
        moment(permission.createdAt),
      ],
    );
  });
}

/** Decides like the server, with the policies of the configuration. Ends with 1 if it is denied. */
export function checkPermission(
  [subject, action, resource]: Words,
  { json = false }: Printed,
  global: GlobalOptions,
): Promise<void> {
  const asked = parsePermission(subject, action, resource);
  return withStore(global, async ({ configuration, store }) => {
    const report = ({ policy, message }: { readonly policy?: string; readonly message: string }) =>
      warn(policy === undefined ? message : `policy ${JSON.stringify(policy)}: ${message}`);
    const { decide } = await openDecisions(store, configuration.policies, report);
    const { allowed, why } = await decide({ ...asked, action: { name: action } });
    if (json) printJson({ decision: allowed, reason: why });
    else print(`${allowed ? 'permitted' : 'denied'}: ${why}`);
    if (!allowed) process.exitCode = 1;
  });
}

export { memberships, parents };

type Ends = readonly [lower: string, upper: string];

export function setLink(
  words: LinkWords,
  [lower, upper]: Ends,
  global: GlobalOptions,
): Promise<void> {
  const link = parseLink(words, lower, upper);
  return withStore(global, async ({ store, now, events }) => {
    const outcome = await store.permissions.link({ ...link, createdAt: now });
    if (outcome === 'linked') events.emit(linkEvent(link.kind, 'set', link.lower, link.upper));
    print(`${lower} is in ${upper}${explain(outcome, lower, upper)}.`);
  });
}

function explain(outcome: LinkOutcome, lower: string, upper: string): string {
  switch (outcome) {
    case 'linked':
      return '';
    case 'linked-before':
      return ', as before';
    case 'circle':
      throw new CommandError(`${upper} is ${lower} itself, or is contained in it already.`);
    case 'too-deep':
      throw new CommandError(`${upper} is already below ${maxLinkDepth} levels.`);
    case 'too-many':
      throw new CommandError(
        `${lower} would have more than ${maxAbove} groups or resources above it.`,
      );
  }
}

export function deleteLink(
  words: LinkWords,
  [lower, upper]: Ends,
  global: GlobalOptions,
): Promise<void> {
  const link = parseLink(words, lower, upper);
  return withStore(global, async ({ store, events }) => {
    if (!(await store.permissions.unlink(link)))
      throw new CommandError(`${lower} is not directly in ${upper}.`);
    events.emit(linkEvent(link.kind, 'deleted', link.lower, link.upper));
    print(`${lower} is no longer in ${upper}.`);
  });
}

function parseLink({ kind, lower: child, upper: parent }: LinkWords, lower: string, upper: string) {
  return { kind, lower: parseEntity(lower, child), upper: parseEntity(upper, parent) };
}

export function listLinks(
  words: LinkWords,
  options: Printed & Readonly<Record<string, unknown>>,
  global: GlobalOptions,
): Promise<void> {
  const [lower, upper] = [options[words.lower], options[words.upper]];
  const filter = {
    ...(typeof lower === 'string' ? { lower: parseEntity(lower, words.lower) } : {}),
    ...(typeof upper === 'string' ? { upper: parseEntity(upper, words.upper) } : {}),
  };
  return withStore(global, async ({ store }) => {
    const all = await listAll((paging) => store.permissions.listLinks(words.kind, filter, paging));
    const named = all.map((link) => ({
      [words.lower]: link.lower,
      [words.upper]: link.upper,
      createdAt: link.createdAt,
    }));
    if (options.json === true) return printJson(named);
    return printList(
      all,
      false,
      [words.lower.toUpperCase(), words.upper.toUpperCase(), 'SINCE'],
      (link) => [show(link.lower), show(link.upper), moment(link.createdAt)],
    );
  });
}
