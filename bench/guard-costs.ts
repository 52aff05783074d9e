/**
 * What the guard costs beside the route: measured by `sides/guard-costs.ts` on the server's core,
 * several times over.
 */
import type { Cast } from './cast.ts';
import { judgeAtLeast, judgeAtMost, type Verdict } from './figures.ts';
import type { GuardCosts, GuardCostSettings } from './sides/guard-costs.ts';

export interface GuardCostFigures {
  readonly runs: readonly GuardCosts[];
  readonly verdicts: readonly Verdict[];
}

/** Runs the measuring process once and answers what it wrote. */
export type AskCosts = (settings: GuardCostSettings) => Promise<string>;

export async function measureGuardCosts(
  cast: Cast,
  { runs, seconds }: { readonly runs: number; readonly seconds: number },
  ask: AskCosts,
): Promise<GuardCostFigures> {
  const measured: GuardCosts[] = [];
  for (let run = 0; run < runs; run += 1)
    measured.push(JSON.parse(await ask({ cast, seconds })) as GuardCosts);
  const of = (name: keyof GuardCosts) => measured.map((costs) => costs[name]);
  return {
    runs: measured,
    verdicts: [
      judgeAtLeast(
        'sealed API keys verified a second, at least 8 000',
        of('sealedPerSecond'),
        8000,
      ),
      judgeAtLeast(
        'plain API keys verified a second, at least 50 000',
        of('plainPerSecond'),
        50_000,
      ),
      judgeAtMost('µs that a status check adds, at most 2', of('statusMicroseconds'), 2),
      judgeAtMost(
        'µs that a decision by a function adds, at most 1',
        of('functionMicroseconds'),
        1,
      ),
      judgeAtMost(
        'µs of a decision over 100 000 stored permissions, at most 500',
        of('decisionMilliseconds').map((milliseconds) => milliseconds * 1000),
        500,
      ),
    ],
  };
}
