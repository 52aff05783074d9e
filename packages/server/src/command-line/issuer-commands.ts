/** The command `keywright issuer change`. The code is in issuer.ts. */
import type { Command } from 'commander';
import type { CommandParts } from './permission-commands.ts';

export function addIssuer(program: Command, { withGlobalOptions, globals }: CommandParts): void {
  const issuer = program.command('issuer').description('the issuer that the database belongs to');
  withGlobalOptions(issuer.command('change'))
    .description('make it the issuer of the configuration, while no server runs')
    .action(async (_options, command: Command) =>
      (await import('./issuer.ts')).changeRecordedIssuer(globals(command)),
    );
}
