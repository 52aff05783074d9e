/** The commands that copy a whole database. The code is in transfer.ts. */
import type { Command } from 'commander';
import type { CommandParts } from './permission-commands.ts';

const load = () => import('./transfer.ts');

export function addTransfers(program: Command, { withGlobalOptions, globals }: CommandParts): void {
  withGlobalOptions(program.command('backup <file>'))
    .description('a consistent copy while the server runs; - is standard output')
    .action(async (file: string, _, command: Command) =>
      (await load()).backUp(file, globals(command)),
    );
  withGlobalOptions(program.command('restore <file>'))
    .description('load a backup into an empty database, all of it or nothing; - is standard input')
    .action(async (file: string, _, command: Command) =>
      (await load()).restore(file, globals(command)),
    );
  withGlobalOptions(program.command('export <file>'))
    .description(
      'a copy to move with: the database takes no more writes from then on; - is standard output',
    )
    .action(async (file: string, _, command: Command) =>
      (await load()).exportAll(file, globals(command)),
    );
  withGlobalOptions(program.command('import <file>'))
    .description('load an export into an empty database of either engine; - is standard input')
    .action(async (file: string, _, command: Command) =>
      (await load()).importAll(file, globals(command)),
    );
  withGlobalOptions(program.command('unfreeze'))
    .description('give a move up: the database that was exported takes writes again')
    .action(async (_, command: Command) => (await load()).unfreeze(globals(command)));
}
