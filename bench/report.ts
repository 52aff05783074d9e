/** The figures as tables: on the terminal while they come, and in README.md between its marks. */
import type { ScenarioFigures, SideFigures, Verdict } from './figures.ts';
import type { GuardCostFigures } from './guard-costs.ts';
import type { Machine } from './machine.ts';
import type { StartUpFigures } from './start-up.ts';

export interface Report {
  readonly machine: Machine;
  readonly seconds: number;
  readonly warmupSeconds: number;
  readonly runs: number;
  readonly scenarios: readonly ScenarioFigures[];
  readonly guardCosts?: GuardCostFigures;
  readonly startUp?: StartUpFigures;
}

export const whole = (value: number) =>
  Math.round(value).toLocaleString('en-US').replaceAll(',', ' ');
export const short = (value: number) => (value >= 100 ? whole(value) : value.toPrecision(3));
const percent = (value: number | undefined) =>
  value === undefined ? '' : `${Math.round(value * 100)} %`;

function ratio(value: number, target: number): string {
  return target < 1 ? `${(value * 100).toFixed(1)} %` : value.toFixed(2);
}

function verdict({ text, reached, target, met, missedBy, rounds }: Verdict): string {
  const shown = (value: number) => (target > 50 ? short(value) : ratio(value, target));
  const missed = met ? 'met' : `missed by ${percent(missedBy)}`;
  return `${text}: **${shown(reached)}** (${shown(rounds[0])} to ${shown(rounds[1])}), ${missed}`;
}

function sideCells(figures: SideFigures) {
  const { side, perSecond, p50Milliseconds, p99Milliseconds, serverBusy, databaseBusy, loadBusy } =
    figures;
  return [
    side,
    whole(perSecond),
    short(p50Milliseconds),
    short(p99Milliseconds),
    percent(serverBusy),
    percent(loadBusy),
    percent(databaseBusy),
  ];
}

/**
 * What a machine that others work on says more truly: requests by the processor time that the
 * server was given.
 */
function perCoreSecond({ perSecond, serverBusy }: SideFigures): string {
  return serverBusy === undefined ? '' : `  ${whole(perSecond / serverBusy)} per core-second`;
}

export function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** A load generator near its own limit measures itself. */
const loadLimit = 0.92;
/** With many connections a server never waits: what it did not get of its core, others had. */
const serverLimit = 0.95;

function verificationLine(figures: ScenarioFigures): readonly string[] {
  const { verificationMicroseconds, verificationInRouteMicroseconds, addedMicroseconds } = figures;
  if (verificationMicroseconds === undefined || addedMicroseconds === undefined) return [];
  const inRoute = verificationInRouteMicroseconds ?? Number.NaN;
  return [
    `one verification: ${verificationMicroseconds.toFixed(1)} µs in a tight loop (what the target is held against), ${inRoute.toFixed(1)} µs as all that a route adds; the guard adds ${addedMicroseconds.toFixed(1)} µs, ${(addedMicroseconds / inRoute).toFixed(2)} times the latter`,
  ];
}

const withShare: ReadonlySet<string> = new Set(['one-worker', 'two-workers']);

/** What is said below a scenario's table. */
function remarks(figures: ScenarioFigures): readonly string[] {
  const busyLoad = figures.sides
    .filter(({ loadBusy }) => loadBusy > loadLimit)
    .map(({ side }) => side);
  // Those with a database elsewhere wait for it, and those with a share of a core are kept to that.
  const kept = figures.sides.filter(
    ({ side, serverBusy = 1, databaseBusy }) =>
      figures.connections > 1 &&
      databaseBusy === undefined &&
      !withShare.has(side) &&
      serverBusy < serverLimit,
  );
  return [
    // The targets are for many connections: one alone measures how long an answer takes, not what a
    // core can do.
    ...(figures.connections > 1 ? figures.verdicts.map(verdict) : []),
    ...verificationLine(figures),
    ...(busyLoad.length > 0
      ? [
          `the load generator was at its limit with ${busyLoad.join(' and ')}: that side can do more`,
        ]
      : []),
    ...(kept.length > 0
      ? [
          `the machine was not quiet: ${kept.map(({ side }) => side).join(' and ')} did not get a whole core`,
        ]
      : []),
  ];
}

export function scenarioText(figures: ScenarioFigures): string {
  const { title, connections, sides } = figures;
  const heading = `${title}, ${connections} connection${connections === 1 ? '' : 's'}`;
  const lines = sides.map((side) => {
    const [name = '', rate = '', p50 = '', p99 = '', server = '', load = '', database = ''] =
      sideCells(side);
    const beside = database === '' ? '' : `  database ${database.padStart(5)}`;
    return `  ${name.padEnd(18)} ${rate.padStart(8)}/s  p50 ${p50.padStart(6)} ms  p99 ${p99.padStart(6)} ms  server ${server.padStart(5)}  load ${load.padStart(5)}${beside}${perCoreSecond(side)}`;
  });
  return [
    heading,
    ...lines,
    ...remarks(figures).map((text) => `  ${text.replaceAll('**', '')}`),
  ].join('\n');
}

export function guardCostsText({ verdicts }: GuardCostFigures): string {
  return [
    'guard, in tight loops',
    ...verdicts.map((one) => `  ${verdict(one).replaceAll('**', '')}`),
  ].join('\n');
}

export function startUpText(figures: StartUpFigures): string {
  const first = `the very first start, with database and keys to make: ${short(figures.firstStartMilliseconds)} ms`;
  return [
    'keywright serve',
    ...[...figures.verdicts.map(verdict), first].map((text) => `  ${text.replaceAll('**', '')}`),
  ].join('\n');
}

export function verdictRows(title: string, verdicts: readonly Verdict[]): readonly string[] {
  return verdicts.map(({ text, reached, target, met, missedBy, rounds }) => {
    const shown = (value: number) => (target > 50 ? short(value) : ratio(value, target));
    return row([
      title,
      text,
      `**${shown(reached)}**`,
      `${shown(rounds[0])} to ${shown(rounds[1])}`,
      met ? 'met' : `missed by ${percent(missedBy)}`,
    ]);
  });
}

function verdictTable({ scenarios, guardCosts, startUp }: Report): readonly string[] {
  const judged = scenarios.filter(({ connections }) => connections > 1);
  return [
    row(['figure', 'target', 'reached', 'single rounds', '']),
    row(['---', '---', '---', '---', '---']),
    ...judged.flatMap(({ title, verdicts }) => verdictRows(title, verdicts)),
    ...(guardCosts === undefined ? [] : verdictRows('Guard, in tight loops', guardCosts.verdicts)),
    ...(startUp === undefined ? [] : verdictRows('`keywright serve`', startUp.verdicts)),
  ];
}

function absoluteTable({ scenarios }: Report): readonly string[] {
  return [
    row([
      'scenario',
      'connections',
      'side',
      'per second',
      'p50 ms',
      'p99 ms',
      'server core',
      'load',
      'database',
    ]),
    row(['---', '---:', '---', '---:', '---:', '---:', '---:', '---:', '---:']),
    ...scenarios.flatMap(({ title, connections, sides }) =>
      sides.map((side) => row([title, String(connections), ...sideCells(side)])),
    ),
  ];
}

function footnotes({ scenarios, startUp }: Report): readonly string[] {
  const notes = scenarios.flatMap((figures) =>
    remarks({ ...figures, verdicts: [] }).map(
      (text) => `- ${figures.title}, ${figures.connections} connections: ${text}.`,
    ),
  );
  if (startUp === undefined) return notes;
  return [
    ...notes,
    `- The very first start, which makes the database and the keys: ${short(startUp.firstStartMilliseconds)} ms.`,
  ];
}

export function machineText(machine: Machine): string {
  return `Measured ${machine.when} UTC at revision ${machine.revision}. ${machine.processor}, ${machine.cores} cores, ${machine.memoryGigabytes} GB, ${machine.system}, Node ${machine.node}, OpenSSL ${machine.openssl}; ${machine.pinning}. One small durable write costs ${whole(machine.durableWriteMicroseconds)} µs on its disk.`;
}

/** Markdown for README.md. */
export function reportMarkdown(report: Report): string {
  const { machine, seconds, warmupSeconds, runs } = report;
  return [
    `${machineText(machine)} Medians of ${runs} interleaved runs of ${seconds} s after ${warmupSeconds} s of warming up.`,
    '',
    ...verdictTable(report),
    '',
    ...absoluteTable(report),
    '',
    ...footnotes(report),
  ].join('\n');
}

/** The same tables, and what was compared with. */
export function againstMarkdown(report: Report & { readonly revision: string }): string {
  return reportMarkdown(report).replace(
    ' Medians of',
    ` Beside revision ${report.revision}. Medians of`,
  );
}

/** Each has its place in README.md, between marks. */
export type FiguresName = 'figures' | 'extensions' | 'accounts' | 'against' | 'loaded' | 'soak';

/** Throws when the marks are not there. */
export function replaceFigures(readme: string, name: FiguresName, figures: string): string {
  const [start, end] = [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`];
  const [before, rest] = readme.split(start);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error('README.md has lost its marks');
  return `${before}${start}\n\n${figures}\n\n${end}${after}`;
}
