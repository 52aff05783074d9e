import { describe, expect, it } from 'vitest';
import { recordLateness, watchEventLoop } from './event-loop.ts';
import { createRegistry } from './registry.ts';

function latenessOf(milliseconds: number): readonly number[] {
  const seen: number[] = [];
  recordLateness({ observe: (seconds) => seen.push(Math.round(seconds * 1000)) }, milliseconds);
  return seen;
}

describe('the lag of the event loop', () => {
  it('is counted once for a tick that was almost in time, and is never negative', () => {
    expect(latenessOf(3)).toEqual([3]);
    expect(latenessOf(-2)).toEqual([0]);
  });

  it('is counted for each tick that was blocked: the time until the block ended', () => {
    expect(latenessOf(50)).toEqual([50, 30, 10]);
  });

  it('is bounded, so that the sleep of a machine is not counted as lag', () => {
    expect(latenessOf(86_400_000)).toHaveLength(500);
  });

  it('is measured in a loop that was blocked', async () => {
    const registry = createRegistry('1');
    const stop = watchEventLoop(registry);
    const end = performance.now() + 120;
    while (performance.now() < end);
    await new Promise((resolve) => setTimeout(resolve, 30));
    stop();
    const lag = registry
      .snapshot()
      .families.find(({ name }) => name === 'keywright_event_loop_lag_seconds');
    const numbers = lag?.series[0]?.numbers ?? [];
    const late = numbers.slice((lag?.bounds?.indexOf(0.05) ?? 0) + 1, -1);
    expect(late.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
  });
});
