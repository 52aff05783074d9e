/**
 * `npm run bench`: every figure beside the floor and the peer. `--help` shows the flags; README.md
 * says what the figures mean.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { findPostgres } from '../packages/store/src/testing-parts/postgres-programs.ts';
import { measureAgainst } from './against.ts';
import { accountScenarios } from './accounts.ts';
import { type Cast, makeCast } from './cast.ts';
import { extensionScenarios } from './extensions.ts';
import type { ScenarioFigures } from './figures.ts';
import { measureGuardCosts } from './guard-costs.ts';
import { measureLoaded } from './loaded.ts';
import { describeMachine, type Machine } from './machine.ts';
import {
  againstMarkdown,
  type FiguresName,
  guardCostsText,
  replaceFigures,
  reportMarkdown,
  startUpText,
} from './report.ts';
import { loadedMarkdown, soakMarkdown } from './report-long.ts';
import { ask, measure, type RoundSettings, runLoad } from './rounds.ts';
import { type Scenario, scenarios } from './scenarios.ts';
import { removeFolders } from './sides/keywright.ts';
import { benchFolder, killAll, loadCore, pinned, serverCore } from './sides/process.ts';
import { canLimitShare } from './sides/share.ts';
import { measureSoak } from './soak.ts';
import { measureStartUp } from './start-up.ts';

/** Measured in ways of their own, after the scenarios. */
const apart = ['guard-costs', 'start-up'] as const;
/** Take so long that they are measured only when they are asked for by name. */
const long = ['loaded', 'soak'] as const;
/** What `--only` takes. */
const names: readonly string[] = [
  ...scenarios.map(({ name }) => name),
  ...apart,
  'extensions',
  ...extensionScenarios.map(({ name }) => name),
  'accounts',
  ...accountScenarios.map(({ name }) => name),
  ...long,
];

/** Former names of values of `--only`. They still work. */
const formerNames: Readonly<Record<string, string>> = { doors: 'extensions' };

const usage = `npm run bench -- [flags]
  --only <name>          only this scenario; may be repeated: ${names.join(', ')}
  --runs <n>             number of measured runs of each side (5)
  --seconds <s>          length of a run (3)
  --warmup <s>           time before each run (1)
  --connections <list>   64,1
  --people <n>           accounts in the large store of the scenario loaded (1000000)
  --minutes <n>          length of the scenario soak (20)
  --against <revision>   compare the hot grants, or those of --only, with another revision; nothing else
  --no-write             only print the figures; --only with a scenario never writes
  --profile <side>       profile this side and print how it spends its time; the figures are less exact
`;

interface Settings extends RoundSettings {
  readonly only: readonly string[];
  readonly people: number;
  readonly minutes: number;
  readonly write: boolean;
  readonly against?: string;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function end(line: string, code: number): never {
  process.stderr.write(`${line}\n`);
  process.exit(code);
}

function currentName(name: string): string {
  const current = formerNames[name];
  if (current === undefined) return name;
  say(`--only ${name} is called --only ${current} now.`);
  return current;
}

function readSettings(): Settings {
  const { values } = parseArgs({
    allowNegative: true,
    options: {
      only: { type: 'string', multiple: true, default: [] },
      runs: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '3' },
      warmup: { type: 'string', default: '1' },
      connections: { type: 'string', default: '64,1' },
      people: { type: 'string', default: '1000000' },
      minutes: { type: 'string', default: '20' },
      write: { type: 'boolean', default: true },
      profile: { type: 'string' },
      against: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    say(usage);
    process.exit(0);
  }
  const only = values.only.map(currentName);
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined) end(`The scenario ${unknown} does not exist.\n${usage}`, 2);
  const { people, minutes } = values;
  const single = [values.runs, values.seconds, values.warmup, people, minutes];
  const numbers = [...single, ...values.connections.split(',')].map(Number);
  if (numbers.some((number) => !(number > 0))) end(`A number is expected.\n${usage}`, 2);
  const [runs = 0, seconds = 0, warmupSeconds = 0] = numbers;
  const connections = numbers.slice(single.length);
  return {
    only,
    runs,
    seconds,
    warmupSeconds,
    connections,
    people: Number(people),
    minutes: Number(minutes),
    write: values.write && values.profile === undefined,
    ...(values.profile === undefined ? {} : { profile: values.profile }),
    ...(values.against === undefined ? {} : { against: values.against }),
  };
}

const isThere = { postgres: findPostgres() !== undefined, shares: canLimitShare };

const guardCostsFile = path.join(benchFolder, 'sides', 'guard-costs.ts');

function write(name: FiguresName, figures: object, markdown: string): void {
  const readme = path.join(benchFolder, 'README.md');
  const file = name === 'figures' ? 'results.json' : `results-${name}.json`;
  writeFileSync(path.join(benchFolder, file), `${JSON.stringify(figures, undefined, 2)}\n`);
  writeFileSync(readme, replaceFigures(readFileSync(readme, 'utf8'), name, markdown));
  say(`Written to bench/${file} and bench/README.md.`);
}

async function runLong(settings: Settings, cast: Cast, machine: Machine): Promise<void> {
  if (settings.only.includes('loaded')) {
    const figures = await measureLoaded(cast, settings, runLoad, say);
    const markdown = loadedMarkdown(machine, settings, figures);
    say(`\n${markdown}\n`);
    if (settings.write) write('loaded', { machine, ...figures }, markdown);
  }
  if (settings.only.includes('soak')) {
    const figures = await measureSoak(cast, settings, runLoad);
    const markdown = soakMarkdown(machine, figures);
    say(`\n${markdown}\n`);
    if (settings.write) write('soak', { machine, ...figures }, markdown);
  }
}

async function runScenarios(
  among: readonly Scenario[],
  settings: Settings,
  cast: Cast,
): Promise<readonly ScenarioFigures[]> {
  const figures: ScenarioFigures[] = [];
  for (const scenario of among) {
    const missing = scenario.needs?.find((need) => !isThere[need]);
    if (missing === undefined) figures.push(...(await measure(scenario, cast, settings, say)));
    else say(`${scenario.title}: left out, since there are no ${missing} here.\n`);
  }
  return figures;
}

async function runMain(settings: Settings, cast: Cast, machine: Machine): Promise<void> {
  const { only, runs, seconds, warmupSeconds } = settings;
  const wanted = (name: string) => only.length === 0 || only.includes(name);
  const measured = await runScenarios(
    scenarios.filter(({ name }) => wanted(name)),
    settings,
    cast,
  );
  const guardCosts = wanted('guard-costs')
    ? await measureGuardCosts(cast, settings, (input) => ask(serverCore, guardCostsFile, input))
    : undefined;
  if (guardCosts !== undefined) say(`${guardCostsText(guardCosts)}\n`);
  const startUp = wanted('start-up') ? await measureStartUp(cast) : undefined;
  if (startUp !== undefined) say(`${startUpText(startUp)}\n`);
  const report = {
    machine,
    seconds,
    warmupSeconds,
    runs,
    scenarios: measured,
    ...(guardCosts === undefined ? {} : { guardCosts }),
    ...(startUp === undefined ? {} : { startUp }),
  };
  if (settings.write && only.length === 0) write('figures', report, reportMarkdown(report));
}

/** All of them make a table of their own; single ones are printed only. */
async function runGroup(
  name: 'extensions' | 'accounts',
  group: readonly Scenario[],
  settings: Settings,
  cast: Cast,
  machine: Machine,
): Promise<void> {
  const { only, runs, seconds, warmupSeconds } = settings;
  const all = only.length === 0 || only.includes(name);
  const among = group.filter((scenario) => all || only.includes(scenario.name));
  const report = {
    machine,
    seconds,
    warmupSeconds,
    runs,
    scenarios: await runScenarios(among, settings, cast),
  };
  if (settings.write && all) write(name, report, reportMarkdown(report));
}

async function runAgainst(
  revision: string,
  settings: Settings,
  cast: Cast,
  machine: Machine,
): Promise<void> {
  const { runs, seconds, warmupSeconds } = settings;
  const figures = await measureAgainst(revision, cast, settings, say);
  const report = { machine, seconds, warmupSeconds, runs, ...figures };
  if (settings.write && settings.only.length === 0)
    write('against', report, againstMarkdown(report));
}

async function run(settings: Settings): Promise<void> {
  // This process prepares work and polls: it must not do so on the server's core.
  if (pinned)
    spawnSync('taskset', ['-acp', String(loadCore), String(process.pid)], { stdio: 'ignore' });
  const machine = await describeMachine();
  const cast = makeCast();
  say(
    `${machine.processor}, ${machine.cores} cores, Node ${machine.node}, revision ${machine.revision}; ${machine.pinning}\n`,
  );
  if (settings.against !== undefined) return runAgainst(settings.against, settings, cast, machine);
  await runMain(settings, cast, machine);
  await runGroup('extensions', extensionScenarios, settings, cast, machine);
  await runGroup('accounts', accountScenarios, settings, cast, machine);
  return runLong(settings, cast, machine);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));
process.on('exit', () => {
  killAll();
  removeFolders();
});
try {
  await run(readSettings());
} catch (error) {
  end((error as Error).message, 1);
}
