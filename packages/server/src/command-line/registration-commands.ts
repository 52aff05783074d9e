/** The commands and flags of `keywright registration`. The code is in registration.ts. */
import type { Command } from 'commander';
import type { CommandParts } from './permission-commands.ts';

export function addRegistration(
  program: Command,
  { withGlobalOptions, globals }: CommandParts,
): void {
  const registration = program
    .command('registration')
    .description('applications that register themselves');
  withGlobalOptions(registration.command('token'))
    .description(
      'make an initial access token, with which an application may register itself; it is shown only once',
    )
    .option('--expires <span>', 'how long it may be used, for example 7d', '1d')
    .option('--uses <number>', 'how many applications may use it', '1')
    .option('--json', 'answer in JSON')
    .action(async (options, command: Command) =>
      (await import('./registration.ts')).makeToken(options, globals(command)),
    );
}
