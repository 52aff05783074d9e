/**
 * The commands and flags of `keywright permissions`, `memberships` and `parents`. The code is in
 * permissions.ts.
 */
import type { Command } from 'commander';
import type { GlobalOptions } from './context.ts';
import type { LinkWords } from '@keywright/core';

export interface CommandParts {
  readonly withGlobalOptions: (command: Command) => Command;
  readonly globals: (command: Command) => GlobalOptions;
}

/** For an option that may be repeated. */
export const collect = (value: string, former: readonly string[] = []): readonly string[] => [
  ...former,
  value,
];

const load = () => import('./permissions.ts');

export function addPermissions(
  program: Command,
  { withGlobalOptions, globals }: CommandParts,
): void {
  const permissions = program
    .command('permissions')
    .description('who may do what on which resource');
  const named = (name: string) =>
    withGlobalOptions(permissions.command(`${name} <subject> <action> <resource>`));
  type Words = readonly [string, string, string];
  named('set')
    .description('add a permission: user:usr_1 buildings:read building:b-201; * is every action')
    .action(async (...[subject, action, resource, , command]: [...Words, unknown, Command]) =>
      (await load()).setPermission([subject, action, resource], globals(command)),
    );
  named('delete')
    .description('delete one permission')
    .action(async (...[subject, action, resource, , command]: [...Words, unknown, Command]) =>
      (await load()).deletePermission([subject, action, resource], globals(command)),
    );
  named('check')
    .description('show the decision of the server and the reason; exit code 1 if it is denied')
    .option('--json', 'answer in JSON')
    .action(async (...[subject, action, resource, options, command]: [...Words, object, Command]) =>
      (await load()).checkPermission([subject, action, resource], options, globals(command)),
    );
  withGlobalOptions(permissions.command('list'))
    .description('stored permissions')
    .option('--subject <subject>', 'permissions of the subject itself')
    .option('--resource <resource>', 'permissions on the resource itself')
    .option('--json', 'answer in JSON')
    .action(async (options, command: Command) =>
      (await load()).listPermissions(options, globals(command)),
    );
}

export function addMemberships(program: Command, parts: CommandParts): void {
  addLinks(program, parts, {
    name: 'memberships',
    description: 'members of groups; a group may be in another group',
    words: async () => (await load()).memberships,
    ends: ['member', 'group'],
  });
}

export function addParents(program: Command, parts: CommandParts): void {
  addLinks(program, parts, {
    name: 'parents',
    description: 'resources that contain other resources; a permission on one applies to all in it',
    words: async () => (await load()).parents,
    ends: ['child', 'parent'],
  });
}

interface LinkCommands {
  readonly name: string;
  readonly description: string;
  readonly words: () => Promise<LinkWords>;
  readonly ends: readonly [lower: string, upper: string];
}

function addLinks(
  program: Command,
  { withGlobalOptions, globals }: CommandParts,
  { name, description, words, ends: [lower, upper] }: LinkCommands,
): void {
  const links = program.command(name).description(description);
  withGlobalOptions(links.command(`set <${lower}> <${upper}>`))
    .description(`put the ${lower} into the ${upper}`)
    .action(async (child: string, parent: string, _, command: Command) =>
      (await load()).setLink(await words(), [child, parent], globals(command)),
    );
  withGlobalOptions(links.command(`delete <${lower}> <${upper}>`))
    .description(`take the ${lower} out of the ${upper}`)
    .action(async (child: string, parent: string, _, command: Command) =>
      (await load()).deleteLink(await words(), [child, parent], globals(command)),
    );
  withGlobalOptions(links.command('list'))
    .description(`list each ${lower} with each ${upper} that contains it directly`)
    .option(`--${lower} <${lower}>`, `links of one ${lower}`)
    .option(`--${upper} <${upper}>`, `links to one ${upper}`)
    .option('--json', 'answer in JSON')
    .action(async (options, command: Command) =>
      (await load()).listLinks(await words(), options, globals(command)),
    );
}
