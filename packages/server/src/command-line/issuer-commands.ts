/** The command `keywright issuer change`. The code is in issuer.ts. */
import type { Command } from 'commander';
import type { CommandParts } from './permission-commands.ts';

export function addIssuer(program: Command, { withGlobalOptions, globals }: CommandParts): void {
  const issuer = program.command('issuer').description('the issuer of the database');
  withGlobalOptions(issuer.command('change'))
    .description('change it to the issuer of the configuration, while no server runs')
    .action(async (_options, command: Command) =>
      (await import('./issuer.ts')).changeRecordedIssuer(globals(command)),
    );
}
