/** The commands that copy a whole database. The code is in transfer.ts. */
import type { Command } from 'commander';
import type { CommandParts } from './permission-commands.ts';

const load = () => import('./transfer.ts');

export function addTransfers(program: Command, { withGlobalOptions, globals }: CommandParts): void {
  withGlobalOptions(program.command('backup <file>'))
    .description('write a consistent copy while the server runs; - is standard output')
    .action(async (file: string, _, command: Command) =>
      (await load()).backUp(file, globals(command)),
    );
  withGlobalOptions(program.command('restore <file>'))
    .description(
      'load a backup into an empty database, completely or not at all; - is standard input',
    )
    .action(async (file: string, _, command: Command) =>
      (await load()).restore(file, globals(command)),
    );
  withGlobalOptions(program.command('export <file>'))
    .description(
      'write a copy for a move; after it, the database accepts no writes; - is standard output',
    )
    .action(async (file: string, _, command: Command) =>
      (await load()).exportAll(file, globals(command)),
    );
  withGlobalOptions(program.command('import <file>'))
    .description(
      'load an export into an empty database on SQLite or PostgreSQL; - is standard input',
    )
    .action(async (file: string, _, command: Command) =>
      (await load()).importAll(file, globals(command)),
    );
  withGlobalOptions(program.command('unfreeze'))
    .description('cancel a move: the exported database accepts writes again')
    .action(async (_, command: Command) => (await load()).unfreeze(globals(command)));
}
