import { describe, expect, it } from 'vitest';
import { judge, judgeAtMost, median, sideFigures } from './figures.ts';
import { replaceFigures } from './report.ts';
import type { Scenario } from './scenarios.ts';

const run = (perSecond: number) => ({
  perSecond,
  p50Milliseconds: 1,
  p99Milliseconds: 2,
  completed: 1,
  errors: 0,
  errorSamples: [],
  loadBusy: 0.1,
});

const scenario: Scenario = {
  name: 'guard-new',
  title: 'Guard',
  sides: ['bare', 'guarded', 'verifying'],
  targets: [{ kind: 'added', of: 'guarded', beside: 'bare', most: 1.2 }],
  withVerificationCost: true,
  work: () => ({ kind: 'repeat', requests: [] }),
};

describe('the figures of the benchmark', () => {
  it('use the middle of an odd number of runs and the mean of the two middle ones of an even number', () => {
    expect(median([3, 1, 100])).toBe(3);
    expect(median([4, 1, 2, 100])).toBe(3);
  });

  it('compare the medians with the target and show the rounds', () => {
    const rates: Scenario = {
      ...scenario,
      targets: [{ kind: 'rate', of: 'guarded', beside: 'bare', least: 0.93 }],
    };
    const sides = [
      sideFigures('bare', [run(100), run(100), run(200)]),
      sideFigures('guarded', [run(90), run(95), run(100)]),
    ];
    const [verdict] = judge(rates, 64, sides, []).verdicts;
    expect(verdict).toMatchObject({ reached: 0.95, met: true, rounds: [0.5, 0.95] });
  });

  it('compute the added time of a request from the requests per second, in costs of a verification', () => {
    const sides = [
      sideFigures('bare', [run(50_000)]),
      sideFigures('guarded', [run(10_000)]),
      sideFigures('verifying', [run(12_500)]),
    ];
    const figures = judge(scenario, 64, sides, [64]);
    expect(figures.addedMicroseconds).toBeCloseTo(80);
    expect(figures.verificationInRouteMicroseconds).toBeCloseTo(60);
    expect(figures.verdicts[0]?.reached).toBeCloseTo(1.25);
    expect(figures.verdicts[0]).toMatchObject({ met: false });
  });

  it('say by how much a target is missed', () => {
    const verdict = judgeAtMost('rests below 100 MB', [110], 100);
    expect(verdict.met).toBe(false);
    expect(verdict.missedBy).toBeCloseTo(0.1);
  });

  it('replace the text between the marks of the README, and need these marks', () => {
    const readme = 'a\n<!-- figures:start -->\nold\n<!-- figures:end -->\nb';
    expect(replaceFigures(readme, 'figures', 'new')).toBe(
      'a\n<!-- figures:start -->\n\nnew\n\n<!-- figures:end -->\nb',
    );
    expect(() => replaceFigures('a', 'figures', 'new')).toThrow(/marks/);
  });
});
