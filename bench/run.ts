/** `npm run bench`: every figure beside the floor and the peer. `--help` shows the flags; README.md says what the figures mean. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { findPostgres } from '../packages/store/src/testing-parts/postgres-programs.ts';
import { type Cast, makeCast } from './cast.ts';
import { judge, type ScenarioFigures, sideFigures } from './figures.ts';
import { measureGuardCosts } from './guard-costs.ts';
import { measureLoaded } from './loaded.ts';
import { describeMachine, type Machine } from './machine.ts';
import { profileText, profilingArgs } from './profile.ts';
import {
  type FiguresName,
  guardCostsText,
  replaceFigures,
  reportMarkdown,
  scenarioText,
  startUpText,
} from './report.ts';
import { loadedMarkdown, soakMarkdown } from './report-long.ts';
import { type Scenario, scenarios } from './scenarios.ts';
import { removeFolders } from './sides/keywright.ts';
import { benchFolder, killAll, loadCore, pinned, serverCore, start } from './sides/process.ts';
import type { Side, SideName } from './sides/side.ts';
import { canLimitShare } from './sides/share.ts';
import { startSide } from './sides/start.ts';
import { measureSoak } from './soak.ts';
import { measureStartUp } from './start-up.ts';
import type { LoadPlan, LoadResult } from './work.ts';

/** Measured in ways of their own, after the scenarios. */
const apart = ['guard-costs', 'start-up'] as const;
/** Take so long that they are measured only when they are asked for by name. */
const long = ['loaded', 'soak'] as const;

const usage = `npm run bench -- [flags]
  --only <name>          only this scenario; may be repeated: ${[...scenarios.map(({ name }) => name), ...apart, ...long].join(', ')}
  --runs <n>             measured runs of each side (5)
  --seconds <s>          length of a run (3)
  --warmup <s>           before each (1)
  --connections <list>   64,1
  --people <n>           of the large store of loaded (1000000)
  --minutes <n>          of the soak (20)
  --no-write             print only; so it is with --only and a scenario, too
  --profile <side>       profile this side and print where its time goes; the figures are then worth less
`;

interface Settings {
  readonly only: readonly string[];
  readonly runs: number;
  readonly seconds: number;
  readonly warmupSeconds: number;
  readonly connections: readonly number[];
  readonly people: number;
  readonly minutes: number;
  readonly write: boolean;
  readonly profile?: string;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function end(line: string, code: number): never {
  process.stderr.write(`${line}\n`);
  process.exit(code);
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
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    say(usage);
    process.exit(0);
  }
  const known = new Set<string>([...scenarios.map(({ name }) => name), ...apart, ...long]);
  const unknown = values.only.find((name) => !known.has(name));
  if (unknown !== undefined) end(`There is no ${unknown}.\n${usage}`, 2);
  const { people, minutes } = values;
  const single = [values.runs, values.seconds, values.warmup, people, minutes];
  const numbers = [...single, ...values.connections.split(',')].map(Number);
  if (numbers.some((number) => !(number > 0))) end(`A number is expected.\n${usage}`, 2);
  const [runs = 0, seconds = 0, warmupSeconds = 0] = numbers;
  const connections = numbers.slice(single.length);
  return {
    only: values.only,
    runs,
    seconds,
    warmupSeconds,
    connections,
    people: Number(people),
    minutes: Number(minutes),
    write: values.write && values.profile === undefined,
    ...(values.profile === undefined ? {} : { profile: values.profile }),
  };
}

const isThere = { postgres: findPostgres() !== undefined, shares: canLimitShare };

const loadFile = path.join(benchFolder, 'load.ts');
const costFile = path.join(benchFolder, 'sides', 'verification-cost.ts');
const guardCostsFile = path.join(benchFolder, 'sides', 'guard-costs.ts');

/** Runs a process to its end and answers what it wrote. */
async function ask(core: number, file: string, input: unknown): Promise<string> {
  const child = start({ core, args: [file], input });
  if (child.stdout === null) throw new Error('no output');
  const written = await text(child.stdout);
  if (written === '') throw new Error(`${path.basename(file)} failed`);
  return written;
}

async function drive(scenario: Scenario, side: Side, cast: Cast, connections: number, settings: Settings) {
  const { seconds, warmupSeconds } = settings;
  const work = await scenario.work(side, cast);
  const { ports, pids, databasePid } = side;
  const database = databasePid === undefined ? {} : { databasePid };
  const plan: LoadPlan = { ports, connections, warmupSeconds, seconds, serverPids: pids, ...database, work };
  const result = await runLoad(plan);
  if (result.errors > 0 || result.completed === 0) {
    const reasons = result.errorSamples.join('\n  ');
    throw new Error(
      `${scenario.name}: ${side.name} gave ${result.errors} errors, ${result.completed} answers\n  ${reasons}`,
    );
  }
  return result;
}

/** A B C, A B C: a machine that drifts does so under all of them. */
async function runRounds(
  scenario: Scenario,
  sides: readonly Side[],
  cast: Cast,
  connections: number,
  settings: Settings,
) {
  const runs = new Map<SideName, LoadResult[]>(sides.map(({ name }) => [name, []]));
  const verifications: number[] = [];
  for (let round = 0; round < settings.runs; round += 1) {
    for (const side of sides)
      runs.get(side.name)?.push(await drive(scenario, side, cast, connections, settings));
    if (scenario.withVerificationCost === true)
      verifications.push(Number(await ask(serverCore, costFile, { cast, seconds: settings.seconds })));
  }
  const figures = [...runs].map(([name, results]) => sideFigures(name, results));
  return judge(scenario, connections, figures, verifications);
}

/** All sides of a scenario run at the same time, each idle while another is measured. */
async function measure(
  scenario: Scenario,
  cast: Cast,
  settings: Settings,
): Promise<readonly ScenarioFigures[]> {
  const sides: Side[] = [];
  const profiles =
    settings.profile === undefined ? '' : mkdtempSync(path.join(tmpdir(), 'keywright-profiles-'));
  try {
    for (const name of scenario.sides)
      sides.push(
        await startSide(name, cast, sides, name === settings.profile ? profilingArgs(profiles) : []),
      );
    const figures: ScenarioFigures[] = [];
    for (const connections of settings.connections) {
      const measured = await runRounds(scenario, sides, cast, connections, settings);
      say(`${scenarioText(measured)}\n`);
      figures.push(measured);
    }
    return figures;
  } finally {
    await Promise.all(sides.map((side) => side.stop()));
    if (profiles !== '') say(`${profileText(profiles)}\n`);
  }
}

function write(name: FiguresName, figures: object, markdown: string): void {
  const readme = path.join(benchFolder, 'README.md');
  const file = name === 'figures' ? 'results.json' : `results-${name}.json`;
  writeFileSync(path.join(benchFolder, file), `${JSON.stringify(figures, undefined, 2)}\n`);
  writeFileSync(readme, replaceFigures(readFileSync(readme, 'utf8'), name, markdown));
  say(`Written to bench/${file} and bench/README.md.`);
}

async function runLoad(plan: LoadPlan): Promise<LoadResult> {
  return JSON.parse(await ask(loadCore, loadFile, plan)) as LoadResult;
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

async function run(settings: Settings): Promise<void> {
  // This process prepares work and polls: it must not do so on the server's core.
  if (pinned) spawnSync('taskset', ['-acp', String(loadCore), String(process.pid)], { stdio: 'ignore' });
  const wanted = (name: string) => settings.only.length === 0 || settings.only.includes(name);
  const { runs, seconds, warmupSeconds } = settings;
  const machine = await describeMachine();
  const cast = makeCast();
  say(
    `${machine.processor}, ${machine.cores} cores, Node ${machine.node}, revision ${machine.revision}; ${machine.pinning}\n`,
  );
  const figures: ScenarioFigures[] = [];
  for (const scenario of scenarios) {
    if (!wanted(scenario.name)) continue;
    const missing = scenario.needs?.find((need) => !isThere[need]);
    if (missing === undefined) figures.push(...(await measure(scenario, cast, settings)));
    else say(`${scenario.title}: left out, since there are no ${missing} here.\n`);
  }
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
    scenarios: figures,
    ...(guardCosts === undefined ? {} : { guardCosts }),
    ...(startUp === undefined ? {} : { startUp }),
  };
  if (settings.write && settings.only.length === 0) write('figures', report, reportMarkdown(report));
  await runLong(settings, cast, machine);
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
