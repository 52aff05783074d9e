/** From runs to medians, and from medians to what is reached of a target. Pure. */
import type { Scenario, Target } from './scenarios.ts';
import type { SideName } from './sides/side.ts';
import type { LoadResult } from './work.ts';

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

export interface SideFigures {
  readonly side: SideName;
  readonly perSecond: number;
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
  readonly serverBusy?: number;
  readonly databaseBusy?: number;
  readonly loadBusy: number;
  readonly runs: readonly LoadResult[];
}

export interface Verdict {
  readonly text: string;
  readonly reached: number;
  readonly target: number;
  readonly met: boolean;
  /** By how much of the target it is missed; absent when it is met. */
  readonly missedBy?: number;
  /** The lowest and the highest of the single rounds. */
  readonly rounds: readonly [number, number];
}

export interface ScenarioFigures {
  readonly name: string;
  readonly title: string;
  readonly connections: number;
  readonly sides: readonly SideFigures[];
  /** Microseconds of one crypto.verify in a tight loop. */
  readonly verificationMicroseconds?: number;
  /** The same, taken as what a route with nothing but crypto.verify adds to the bare one. */
  readonly verificationInRouteMicroseconds?: number;
  readonly addedMicroseconds?: number;
  readonly verdicts: readonly Verdict[];
}

export function sideFigures(side: SideName, runs: readonly LoadResult[]): SideFigures {
  const of = (pick: (run: LoadResult) => number) => median(runs.map(pick));
  const busy = (name: 'serverBusy' | 'databaseBusy') => {
    const shares = runs.flatMap(({ [name]: share }) => (share === undefined ? [] : [share]));
    return shares.length === 0 ? {} : { [name]: median(shares) };
  };
  return {
    side,
    perSecond: of((run) => run.perSecond),
    p50Milliseconds: of((run) => run.p50Milliseconds),
    p99Milliseconds: of((run) => run.p99Milliseconds),
    loadBusy: of((run) => run.loadBusy),
    ...busy('serverBusy'),
    ...busy('databaseBusy'),
    runs,
  };
}

type Rates = (side: SideName) => number;

const microseconds = (perSecond: number) => 1e6 / perSecond;

/** On a busy core the time of a request is one second by the number of them. */
function addedTime(rates: Rates, of: SideName, beside: SideName): number {
  return microseconds(rates(of)) - microseconds(rates(beside));
}

function reach(target: Target, rates: Rates, verification: number): number {
  if (target.kind === 'per-second') return rates(target.of);
  if (target.kind === 'rate') return rates(target.of) / rates(target.beside);
  if (target.kind === 'less-added') {
    return (
      addedTime(rates, target.than, target.beside) / addedTime(rates, target.of, target.beside)
    );
  }
  return addedTime(rates, target.of, target.beside) / verification;
}

const names: Partial<Record<SideName, string>> = {
  before: 'what it was',
  'keywright-memory': 'what it does with its database in memory',
  'peer-postgres': 'the peer on PostgreSQL',
  'one-node': 'one node',
  'one-worker': 'one worker',
};

function nameOf(side: SideName): string {
  return names[side] ?? `the ${side}`;
}

function describe(target: Target): string {
  if (target.kind === 'per-second') return `at least ${target.least} a second`;
  if (target.kind === 'added') return `adds at most ${target.most} of a verification`;
  if (target.kind === 'less-added')
    return `adds at most ${target.least === 2 ? 'half' : 'a tenth'} of what the peer adds`;
  const name = target.of === 'guarded' ? 'of the bare route' : `of ${nameOf(target.beside)}`;
  return target.least < 1
    ? `at least ${Math.round(target.least * 100)} % ${name}`
    : `at least ${target.least} times ${nameOf(target.beside)}`;
}

function namesOf(target: Target): readonly SideName[] {
  if (target.kind === 'per-second') return [target.of];
  return target.kind === 'less-added'
    ? [target.of, target.beside, target.than]
    : [target.of, target.beside];
}

export function judge(
  scenario: Scenario,
  connections: number,
  sides: readonly SideFigures[],
  verifications: readonly number[],
): ScenarioFigures {
  const find = (name: SideName) => sides.find(({ side }) => side === name);
  const medians: Rates = (name) => find(name)?.perSecond ?? Number.NaN;
  const ofRound =
    (round: number): Rates =>
    (name) =>
      find(name)?.runs[round]?.perSecond ?? Number.NaN;
  const verification = median(verifications);
  const rounds = sides[0]?.runs.map((_, round) => round) ?? [];
  const verdicts = scenario.targets
    .filter((target) => namesOf(target).every((name) => find(name) !== undefined))
    .map((target): Verdict => {
      const single = rounds.map((round) =>
        reach(target, ofRound(round), verifications[round] ?? Number.NaN),
      );
      const reached = reach(target, medians, verification);
      return verdictOf(target, reached, [Math.min(...single), Math.max(...single)]);
    });
  const { name, title } = scenario;
  const common = { name, title, connections, sides, verdicts };
  if (scenario.withVerificationCost !== true) return common;
  return {
    ...common,
    verificationMicroseconds: verification,
    verificationInRouteMicroseconds: addedTime(medians, 'verifying', 'bare'),
    addedMicroseconds: addedTime(medians, 'guarded', 'bare'),
  };
}

function verdictOf(target: Target, reached: number, rounds: Verdict['rounds']): Verdict {
  const limit = target.kind === 'added' ? target.most : target.least;
  const met = target.kind === 'added' ? reached <= limit : reached >= limit;
  const missedBy = Math.abs(reached - limit) / limit;
  return {
    text: describe(target),
    reached,
    target: limit,
    met,
    rounds,
    ...(met ? {} : { missedBy }),
  };
}

/** Also for what is measured in milliseconds or megabytes: less is better. */
export function judgeAtMost(text: string, values: readonly number[], most: number): Verdict {
  const reached = median(values);
  const met = reached <= most;
  return {
    text,
    reached,
    target: most,
    met,
    rounds: [Math.min(...values), Math.max(...values)],
    ...(met ? {} : { missedBy: (reached - most) / most }),
  };
}

/** For what is counted by the second: more is better. */
export function judgeAtLeast(text: string, values: readonly number[], least: number): Verdict {
  const reached = median(values);
  const met = reached >= least;
  return {
    text,
    reached,
    target: least,
    met,
    rounds: [Math.min(...values), Math.max(...values)],
    ...(met ? {} : { missedBy: (least - reached) / least }),
  };
}
