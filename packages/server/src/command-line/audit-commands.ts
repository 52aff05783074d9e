/** The commands and flags of `keywright audit`. The code is in audit.ts. */
import type { Command } from 'commander';
import { collect, type CommandParts } from './permission-commands.ts';

const load = () => import('./audit.ts');

export function addAudit(program: Command, { withGlobalOptions, globals }: CommandParts): void {
  const audit = program
    .command('audit')
    .description('what happened, for auditors: chained and signed');
  withGlobalOptions(audit.command('list'))
    .description('the newest events')
    .option(
      '--since <time>',
      'from then on: 2026-11-24, 2026-11-24T18:00:00Z, or 24h for a day ago',
    )
    .option('--until <time>', 'before then')
    .option('--type <type>', 'those of one type, like client.disabled')
    .option('--account <id_or_email>', 'those about one person')
    .option('--client <client_id>', 'those about one application')
    .option('--limit <number>', 'at most so many', '100')
    .option('--json', 'answer in JSON')
    .action(async (options, command: Command) =>
      (await load()).listAudit(options, globals(command)),
    );
  withGlobalOptions(audit.command('export [file]'))
    .description(
      'all events as a line of JSON each, with what proves them; a file that is there is not overwritten',
    )
    .option('--since <time>', 'of each chain, from its last event before that time')
    .action(async (file: string | undefined, options, command: Command) =>
      (await load()).exportAudit(file, options, globals(command)),
    );
  withGlobalOptions(audit.command('verify [file]'))
    .description(
      'whether anything was changed, in the database or in an exported file; ends with 1 if so',
    )
    .option('--without-key', 'hashes and order alone, of a file; needs no configuration')
    .option('--against <file>', 'a former export: whatever it ended with must still be there')
    .option('--head <chain:position:hash>', 'an end that the log tells; may be repeated', collect)
    .option('--json', 'answer in JSON')
    .action(async (file: string | undefined, options, command: Command) =>
      (await load()).verifyStoredAudit(file, options, globals(command)),
    );
}
