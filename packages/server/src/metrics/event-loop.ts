/**
 * The delay of the event loop. Node's monitor records the time between two ticks of its timer. This
 * is 10 ms or more on an idle loop, and it cannot be added up over processes. So this module uses
 * its own timer, and counts a long block once for each tick that had to wait. This is what a
 * request sees that arrives at any time.
 */
import { performance } from 'node:perf_hooks';
import type { Histogram, Registry } from './registry.ts';

const seconds = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const everyMilliseconds = 20;
/** A block of ten seconds. A longer one means that the machine slept. */
const mostMissed = 500;

/**
 * Ticks are due every 20 ms, and this one is `late`. Each tick that was due meanwhile waited for
 * the end of the block.
 */
export function recordLateness(lag: Pick<Histogram, 'observe'>, lateMilliseconds: number): void {
  let left = Math.max(0, lateMilliseconds);
  for (let missed = 0; missed < mostMissed; missed++) {
    lag.observe(left / 1000);
    left -= everyMilliseconds;
    if (left <= 0) return;
  }
}

/** Returns a function that ends it. Does not keep the process running. */
export function watchEventLoop(registry: Registry): () => void {
  const lag = registry.histogram(
    'keywright_event_loop_lag_seconds',
    'The delay of a timer that is due every 20 ms.',
    seconds,
  );
  registry.read('keywright_event_loop_seconds_total', 'The activity of the event loop.', {
    type: 'counter',
    across: 'sum',
    labels: { state: ['active', 'idle'] },
    read: () => {
      const { active, idle } = performance.eventLoopUtilization();
      return [
        [active / 1000, 'active'],
        [idle / 1000, 'idle'],
      ];
    },
  });
  let due = performance.now() + everyMilliseconds;
  const timer = setInterval(() => {
    const now = performance.now();
    recordLateness(lag, now - due);
    due = now + everyMilliseconds;
  }, everyMilliseconds).unref();
  return () => clearInterval(timer);
}
