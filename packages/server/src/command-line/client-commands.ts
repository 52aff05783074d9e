/**
 * The flags of `keywright clients get|set|secret`. The code is in client-members.ts,
 * client-changes.ts and clients.ts.
 */
import type { Command } from 'commander';
import { collect, type CommandParts } from './permission-commands.ts';

export function addClientChanges(
  clients: Command,
  { withGlobalOptions, globals }: CommandParts,
): void {
  withGlobalOptions(clients.command('get <client_id>'))
    .description('show an application with the names of RFC 7591, without its secrets')
    .option('--json', 'answer in JSON')
    .action(async (id: string, options, command: Command) =>
      (await import('./client-members.ts')).getClient(id, options, globals(command)),
    );
  withGlobalOptions(clients.command('set <client_id> [changes...]'))
    .description('change an application; a member that is not named stays as it is')
    .option('--remove <member>', 'remove a member; may be repeated', collect)
    .option('--other-subjects', 'allow that its users get other subjects than before')
    .option('--json', 'answer in JSON')
    .addHelpText(
      'after',
      `
A change is member=value, with the names of RFC 7591. member+=value adds to a list, and member-=value removes from it.
Lists and objects are JSON. An object may be @file, and a picture too:

  keywright clients set heatlens redirect_uris+=https://heatlens.example/second
  keywright clients set heatlens client_name='Heatlens Two' scope-=invoices:read --remove publisher
  keywright clients set thermo trust=third-party
  keywright clients set portal brand_name='Sunrise Portal' brand_accent='#c2410c' brand_logo=@portal.png`,
    )
    .action(async (id: string, changes: string[], options, command: Command) =>
      (await import('./client-changes.ts')).setClient(id, changes, options, globals(command)),
    );
  withGlobalOptions(clients.command('secret <client_id>'))
    .description('make a new secret; it is shown once')
    .option('--overlap-seconds <seconds>', 'how long the former secret still works', '86400')
    .option('--end-former', 'make no new secret, and end the former secret now')
    .option('--json', 'answer in JSON')
    .action(async (id: string, options, command: Command) =>
      (await import('./clients.ts')).renewSecret(id, options, globals(command)),
    );
}
