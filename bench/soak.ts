/**
 * A long run at a part of what the server can do: whether its memory and its open files grow. What
 * a server holds after it has warmed up moves with the garbage; what leaks goes up and up. So a
 * line is laid through all samples of the second half and more.
 */
import { readdirSync } from 'node:fs';
import type { Cast } from './cast.ts';
import { judgeAtMost, type Verdict } from './figures.ts';
import { clientCredentialsOf, codeFlow, rotationOf } from './scenarios.ts';
import { signInAll } from './sign-ins.ts';
import { startKeywright } from './sides/keywright.ts';
import type { Side } from './sides/side.ts';
import { residentMegabytes } from './start-up.ts';
import type { LoadPlan, LoadResult, Work } from './work.ts';

export interface SoakSettings {
  readonly minutes: number;
}

export interface SoakSample {
  readonly minute: number;
  readonly megabytes: number;
  readonly handles: number;
}

export interface SoakFigures {
  readonly engine: string;
  readonly minutes: number;
  readonly perSecond: number;
  readonly completed: number;
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
  readonly samples: readonly SoakSample[];
  readonly verdicts: readonly Verdict[];
}

type RunLoad = (plan: LoadPlan) => Promise<LoadResult>;

const connections = 32;
const shareOfCapacity = 0.6;
const sampleMilliseconds = 5000;
/** Compiled code, caches and pools are there by then. */
const settledShare = 0.3;

/** One after the other on each connection: a code flow, then refreshes, then tokens of services. */
async function mixedWork(side: Side, cast: Cast): Promise<Work> {
  const signedIn = await signInAll(side, cast, {
    app: cast.app,
    scope: cast.api.scope,
    resource: cast.api.identifier,
  });
  const tokens = signedIn.map(({ refreshToken }) => refreshToken);
  const works = [
    await codeFlow(side, cast),
    rotationOf(side, cast, tokens),
    clientCredentialsOf(side, cast, [cast.service]),
  ];
  return { kind: 'mixed', works };
}

function countHandles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Least squares: the rise in a minute. */
export function slopeOf(points: readonly (readonly [number, number])[]): number {
  const mean = (of: 0 | 1) => points.reduce((sum, point) => sum + point[of], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const up = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
  const along = points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
  return up / along;
}

function judge(samples: readonly SoakSample[], minutes: number): readonly Verdict[] {
  const settled = samples.filter(({ minute }) => minute >= minutes * settledShare);
  const slope = (of: 'megabytes' | 'handles') =>
    slopeOf(settled.map((sample) => [sample.minute, sample[of]] as const));
  const mean = settled.reduce((sum, { megabytes }) => sum + megabytes, 0) / settled.length;
  return [
    judgeAtMost(
      'memory grows by less than 1 % in ten minutes',
      [(slope('megabytes') * 10 * 100) / mean],
      1,
    ),
    judgeAtMost('open files grow by less than one in ten minutes', [slope('handles') * 10], 1),
  ];
}

export async function measureSoak(
  cast: Cast,
  { minutes }: SoakSettings,
  runLoad: RunLoad,
): Promise<SoakFigures> {
  const side = await startKeywright(cast, { name: 'keywright' });
  const [pid = 0] = side.pids;
  try {
    const plan = async (seconds: number): Promise<LoadPlan> => ({
      ports: side.ports,
      connections,
      warmupSeconds: 1,
      seconds,
      serverPids: side.pids,
      work: await mixedWork(side, cast),
    });
    const { perSecond: capacity } = await runLoad(await plan(5));
    const perSecond = capacity * shareOfCapacity;
    const samples: SoakSample[] = [];
    const startedAt = performance.now();
    const sample = () =>
      samples.push({
        minute: (performance.now() - startedAt) / 60_000,
        megabytes: residentMegabytes(pid),
        handles: countHandles(pid),
      });
    const timer = setInterval(sample, sampleMilliseconds);
    const result = await runLoad({ ...(await plan(minutes * 60)), perSecond });
    clearInterval(timer);
    if (result.errors > 0)
      throw new Error(`${result.errors} errors: ${result.errorSamples.join('; ')}`);
    const { completed, p50Milliseconds, p99Milliseconds } = result;
    const verdicts = judge(samples, minutes);
    return {
      engine: 'SQLite',
      minutes,
      perSecond,
      completed,
      p50Milliseconds,
      p99Milliseconds,
      samples,
      verdicts,
    };
  } finally {
    await side.stop();
  }
}
