/** The commands and flags of `keywright audit`. The code is in audit.ts. */
import type { Command } from 'commander';
import { collect, type CommandParts } from './permission-commands.ts';

const load = () => import('./audit.ts');

export function addAudit(program: Command, { withGlobalOptions, globals }: CommandParts): void {
  const audit = program
    .command('audit')
    .description('the record of events for auditors, chained and signed');
  withGlobalOptions(audit.command('list'))
    .description('the newest events')
    .option(
      '--since <time>',
      'events from this time on: 2026-11-24, 2026-11-24T18:00:00Z, or 24h for one day ago',
    )
    .option('--until <time>', 'before then')
    .option('--type <type>', 'events of one type, for example client.disabled')
    .option('--account <id_or_email>', 'events about one account')
    .option('--client <client_id>', 'events about one client')
    .option('--limit <number>', 'the largest number of events', '100')
    .option('--json', 'answer in JSON')
    .action(async (options, command: Command) =>
      (await load()).listAudit(options, globals(command)),
    );
  withGlobalOptions(audit.command('export [file]'))
    .description(
      'all events, one JSON object on each line, with their proof; never overwrites a file',
    )
    .option('--since <time>', 'the part of each chain from its last event before this time')
    .action(async (file: string | undefined, options, command: Command) =>
      (await load()).exportAudit(file, options, globals(command)),
    );
  withGlobalOptions(audit.command('verify [file]'))
    .description('check whether the database or an exported file was changed; exit code 1 if so')
    .option('--without-key', 'check only hashes and order, of a file; needs no configuration')
    .option('--against <file>', 'an earlier export; its last events must still exist')
    .option('--head <chain:position:hash>', 'a chain end from the log; may be repeated', collect)
    .option('--json', 'answer in JSON')
    .action(async (file: string | undefined, options, command: Command) =>
      (await load()).verifyStoredAudit(file, options, globals(command)),
    );
}
