/** One scenario measured: its sides started, driven in turn, judged. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { Cast } from './cast.ts';
import { judge, type ScenarioFigures, sideFigures } from './figures.ts';
import { profileText, profilingArgs } from './profile.ts';
import { scenarioText } from './report.ts';
import type { Scenario } from './scenarios.ts';
import { benchFolder, loadCore, serverCore, start } from './sides/process.ts';
import type { Side, SideName } from './sides/side.ts';
import { startSide } from './sides/start.ts';
import type { LoadPlan, LoadResult } from './work.ts';

export interface RoundSettings {
  readonly runs: number;
  readonly seconds: number;
  readonly warmupSeconds: number;
  readonly connections: readonly number[];
  readonly profile?: string;
}

const loadFile = path.join(benchFolder, 'load.ts');
const costFile = path.join(benchFolder, 'sides', 'verification-cost.ts');

/** Runs a process to its end and answers what it wrote. */
export async function ask(core: number, file: string, input: unknown): Promise<string> {
  const child = start({ core, args: [file], input });
  if (child.stdout === null) throw new Error('no output');
  const written = await text(child.stdout);
  if (written === '') throw new Error(`${path.basename(file)} failed`);
  return written;
}

export async function runLoad(plan: LoadPlan): Promise<LoadResult> {
  return JSON.parse(await ask(loadCore, loadFile, plan)) as LoadResult;
}

async function drive(
  scenario: Scenario,
  side: Side,
  cast: Cast,
  connections: number,
  { seconds, warmupSeconds }: RoundSettings,
) {
  const work = await scenario.work(side, cast);
  const { ports, pids, databasePid } = side;
  const database = databasePid === undefined ? {} : { databasePid };
  const plan: LoadPlan = {
    ports,
    connections,
    warmupSeconds,
    seconds,
    serverPids: pids,
    ...database,
    work,
  };
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
  settings: RoundSettings,
) {
  const runs = new Map<SideName, LoadResult[]>(sides.map(({ name }) => [name, []]));
  const verifications: number[] = [];
  for (let round = 0; round < settings.runs; round += 1) {
    for (const side of sides)
      runs.get(side.name)?.push(await drive(scenario, side, cast, connections, settings));
    if (scenario.withVerificationCost === true)
      verifications.push(
        Number(await ask(serverCore, costFile, { cast, seconds: settings.seconds })),
      );
  }
  const figures = [...runs].map(([name, results]) => sideFigures(name, results));
  return judge(scenario, connections, figures, verifications);
}

/**
 * All sides of a scenario run at the same time, each idle while another is measured. `before` is
 * the checkout of the side of that name.
 */
export async function measure(
  scenario: Scenario,
  cast: Cast,
  settings: RoundSettings,
  say: (line: string) => void,
  before?: string,
): Promise<readonly ScenarioFigures[]> {
  const sides: Side[] = [];
  const { extensions, accounts } = scenario;
  const profiles =
    settings.profile === undefined ? '' : mkdtempSync(path.join(tmpdir(), 'keywright-profiles-'));
  try {
    for (const name of scenario.sides) {
      const nodeArgs = name === settings.profile ? profilingArgs(profiles) : [];
      sides.push(
        await startSide(name, cast, { others: sides, nodeArgs, extensions, accounts, before }),
      );
    }
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
