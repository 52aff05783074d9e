/** `keywright migrate [--dry-run]`. */
import { type MigrationPlan, openStore, type PlannedStep, planMigrations } from '@keywright/store';
import { loadSealingKeys } from '../configuration/sealing-key.ts';
import { type GlobalOptions, readConfiguration } from './context.ts';
import { print, printJson } from './output.ts';

export interface MigrateOptions {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export async function migrate(options: MigrateOptions, global: GlobalOptions): Promise<void> {
  const configuration = await readConfiguration(global);
  const { database } = configuration;
  const plan = await planMigrations(database);
  const isDone = plan.missing.length === 0 && plan.unfinished.length === 0;
  if (options.dryRun !== true && !isDone) {
    // If both are new, the key is created first, because a database without its key is refused
    // later.
    loadSealingKeys(configuration);
    await (await openStore({ database })).close();
  }
  if (options.json === true) printJson(plan);
  else print(render(plan, options.dryRun === true).join('\n'));
}

function render(plan: MigrationPlan, isDryRun: boolean): readonly string[] {
  const { schema, known, missing, unfinished, newer } = plan;
  if (newer.length > 0)
    return [
      `The store is at schema ${schema}, which belongs to a newer version. Versions with schema ${known}, such as this one, still work with it.`,
    ];
  if (missing.length === 0 && unfinished.length === 0)
    return [`The store is at schema ${schema}. It is up to date.`];
  const left =
    unfinished.length > 0
      ? ['An earlier attempt left this work:', ...unfinished.flatMap(renderStep)]
      : [];
  return [
    `The store ${isDryRun ? 'is' : 'was'} at schema ${schema}, and this version works with schema ${known}.`,
    ...missing.flatMap(({ version, name, worksWith, steps }) => [
      `${version} ${name}: ${renderCompany(version, worksWith)}`,
      ...steps.flatMap(renderStep),
    ]),
    ...left,
    isDryRun ? 'Nothing was changed.' : `The store is at schema ${known} now.`,
  ];
}

function renderCompany(version: number, worksWith: number): string {
  if (worksWith === version) return 'an older version no longer starts with it.';
  return `versions with schema ${worksWith} still work with it.`;
}

/**
 * Says what the step does and who waits for it. Below that is the statement, as a user could type
 * it.
 */
function renderStep({ does, statement, meanwhile, rows, seconds }: PlannedStep): readonly string[] {
  const size =
    rows === undefined ? '' : ` (${rows.toLocaleString('en')} rows, about ${seconds} s at most)`;
  const lines = `${statement};`.split('\n').map((line) => `    ${line.replace(/^ {4}/, '')}`);
  return [`  ${does}${size}: ${meanwhile}`, ...lines];
}
