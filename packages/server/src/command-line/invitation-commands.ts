/** The commands about invitations, below `keywright accounts`. The code is in invitations.ts. */
import type { Command } from 'commander';
import type { CommandParts } from './permission-commands.ts';

export function addInvitations(
  accounts: Command,
  { withGlobalOptions, globals }: CommandParts,
): void {
  withGlobalOptions(accounts.command('invite <email>'))
    .description('invite somebody to create an account with this address, by mail')
    .option('--expires <span>', 'how long the invitation is valid, for example 7d', '7d')
    .option('--json', 'answer in JSON')
    .action(async (email: string, options, command: Command) =>
      (await import('./invitations.ts')).invite(email, options, globals(command)),
    );
  withGlobalOptions(accounts.command('invitations'))
    .description('all invitations that have not expired')
    .option('--json', 'answer in JSON')
    .action(async (options, command: Command) =>
      (await import('./invitations.ts')).listInvitations(options, globals(command)),
    );
  withGlobalOptions(accounts.command('withdraw-invitation <id>'))
    .description('withdraw an invitation that was not used')
    .action(async (id: string, _, command: Command) =>
      (await import('./invitations.ts')).withdrawInvitation(id, globals(command)),
    );
}
