/**
 * Whether a server slows down when its store is large: the same requests to a server with nothing
 * but what they need, and to one with a million people, ten million refresh tokens and a hundred
 * thousand applications. Paced, at half of what the empty one can answer: latencies at the limit
 * say how long the queue was.
 */
import { openStore } from '@keywright/store';
import type { Cast } from './cast.ts';
import { judgeAtMost, median, type Verdict } from './figures.ts';
import { fillStore, type Known } from './fill.ts';
import { clientCredentialsOf, codeFlow, introspection, rotationOf, userinfo } from './scenarios.ts';
import { startKeywright } from './sides/keywright.ts';
import type { Side } from './sides/side.ts';
import { residentMegabytes } from './start-up.ts';
import type { LoadPlan, LoadResult, Work } from './work.ts';

export interface LoadedSettings {
  readonly people: number;
  readonly runs: number;
  readonly seconds: number;
  readonly warmupSeconds: number;
}

type RunLoad = (plan: LoadPlan) => Promise<LoadResult>;

export interface LoadedRow {
  readonly engine: string;
  readonly endpoint: string;
  readonly perSecond: number;
  readonly empty: Latencies;
  readonly filled: Latencies;
}

interface Latencies {
  readonly p50: number;
  readonly p99: number;
}

export interface LoadedFigures {
  readonly people: number;
  readonly fillSeconds: Readonly<Record<string, number>>;
  readonly rows: readonly LoadedRow[];
  readonly verdicts: readonly Verdict[];
}

const connections = 16;
const shareOfCapacity = 0.5;
const known = { knownFamilies: 12_800, knownServices: 2000 };
/** One to find the capacity, one to warm up, and the rounds: up to eight. */
const familiesPerRun = known.knownFamilies / 8;
const most = { ratio: 1.15, megabytes: 250 };

interface Loaded {
  readonly side: Side;
  readonly known: Known;
  /** A token that a run has spent is theft in the next one: each takes tokens of its own. */
  takeRefreshTokens(): readonly string[];
}

const endpoints: Readonly<Record<string, (loaded: Loaded, cast: Cast) => Work | Promise<Work>>> = {
  'client credentials': ({ side, known: { services } }, cast) =>
    clientCredentialsOf(side, cast, services),
  refresh: (loaded, cast) => rotationOf(loaded.side, cast, loaded.takeRefreshTokens()),
  'code flow': ({ side }, cast) => codeFlow(side, cast),
  introspection: ({ side }, cast) => introspection(side, cast),
  userinfo: ({ side }, cast) => userinfo(side, cast),
};

async function startLoaded(
  cast: Cast,
  name: 'empty' | 'filled',
  database: 'postgres' | undefined,
  people: number,
): Promise<Loaded & { readonly seconds: number }> {
  let filled: Known | undefined;
  let seconds = 0;
  const prepare = async (at: string) => {
    const store = await openStore({ database: at });
    await store.close();
    const startedAt = performance.now();
    filled = await fillStore(at, cast, { people, ...known });
    seconds = (performance.now() - startedAt) / 1000;
  };
  const side = await startKeywright(cast, {
    name,
    prepare,
    ...(database === undefined ? {} : { database }),
  });
  if (filled === undefined) throw new Error('the store was not filled');
  const tokens = [...filled.refreshTokens];
  return {
    side,
    known: filled,
    seconds,
    takeRefreshTokens: () => tokens.splice(0, familiesPerRun),
  };
}

export async function measureLoaded(
  cast: Cast,
  settings: LoadedSettings,
  runLoad: RunLoad,
  say: (line: string) => void,
): Promise<LoadedFigures> {
  const rows: LoadedRow[] = [];
  const verdicts: Verdict[] = [];
  const fillSeconds: Record<string, number> = {};
  for (const [engine, database] of [
    ['SQLite', undefined],
    ['PostgreSQL', 'postgres'],
  ] as const) {
    const empty = await startLoaded(cast, 'empty', database, 0);
    const filled = await startLoaded(cast, 'filled', database, settings.people);
    fillSeconds[engine] = filled.seconds;
    say(`${engine}: filled in ${filled.seconds.toFixed(0)} s`);
    try {
      for (const endpoint of Object.keys(endpoints)) {
        const { row, ratios } = await compare(
          engine,
          endpoint,
          [empty, filled],
          cast,
          settings,
          runLoad,
        );
        rows.push(row);
        verdicts.push(
          judgeAtMost(`${engine}, ${endpoint}: p50, filled by empty`, ratios.p50, most.ratio),
          judgeAtMost(`${engine}, ${endpoint}: p99, filled by empty`, ratios.p99, most.ratio),
        );
        say(describeRow(row));
      }
      const megabytes = residentMegabytes(filled.side.pids[0] ?? 0);
      verdicts.push(judgeAtMost(`${engine}: resident memory, MB`, [megabytes], most.megabytes));
      say(`${engine}: ${megabytes.toFixed(0)} MB resident`);
    } finally {
      await Promise.all([empty.side.stop(), filled.side.stop()]);
    }
  }
  return { people: settings.people, fillSeconds, rows, verdicts };
}

async function compare(
  engine: string,
  endpoint: string,
  sides: readonly [Loaded, Loaded],
  cast: Cast,
  settings: LoadedSettings,
  runLoad: RunLoad,
) {
  const make = endpoints[endpoint]!;
  const run = async (loaded: Loaded, perSecond?: number) => {
    const { ports, pids, databasePid } = loaded.side;
    const result = await runLoad({
      ports,
      connections,
      warmupSeconds: settings.warmupSeconds,
      seconds: settings.seconds,
      serverPids: pids,
      ...(databasePid === undefined ? {} : { databasePid }),
      ...(perSecond === undefined ? {} : { perSecond }),
      work: await make(loaded, cast),
    });
    if (result.errors > 0 || result.completed === 0)
      throw new Error(
        `${engine}, ${endpoint}: ${result.errors} errors\n  ${result.errorSamples.join('\n  ')}`,
      );
    return result;
  };
  const perSecond = (await run(sides[0])).perSecond * shareOfCapacity;
  await run(sides[1], perSecond);
  const rounds: { readonly empty: LoadResult; readonly filled: LoadResult }[] = [];
  for (let round = 0; round < settings.runs; round += 1)
    rounds.push({ empty: await run(sides[0], perSecond), filled: await run(sides[1], perSecond) });
  const latencies = (name: 'empty' | 'filled'): Latencies => ({
    p50: median(rounds.map((round) => round[name].p50Milliseconds)),
    p99: median(rounds.map((round) => round[name].p99Milliseconds)),
  });
  const ratios = (of: 'p50Milliseconds' | 'p99Milliseconds') =>
    rounds.map(({ empty, filled }) => filled[of] / empty[of]);
  return {
    row: { engine, endpoint, perSecond, empty: latencies('empty'), filled: latencies('filled') },
    ratios: { p50: ratios('p50Milliseconds'), p99: ratios('p99Milliseconds') },
  };
}

function describeRow({ engine, endpoint, perSecond, empty, filled }: LoadedRow): string {
  const shown = ({ p50, p99 }: Latencies) => `p50 ${p50.toFixed(2)} p99 ${p99.toFixed(2)} ms`;
  return `${engine}, ${endpoint} at ${perSecond.toFixed(0)}/s: empty ${shown(empty)}, filled ${shown(filled)}`;
}
