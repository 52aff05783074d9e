/**
 * How late the event loop is. Node's own monitor records the distance of two ticks of its timer, which is 10 ms or more on a loop
 * that rests, and cannot be added up over processes. So we look at a timer of our own, and count a long block as often as it made
 * somebody wait: as what a request sees that comes at any moment.
 */
import { performance } from 'node:perf_hooks';
import type { Histogram, Registry } from './registry.ts';

const seconds = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const everyMilliseconds = 20;
/** A block of ten seconds; a machine that slept is not a loop that was late. */
const mostMissed = 500;

/** What was due every 20 ms and came `late`: each of the ticks that fell into it waited for its end. */
export function recordLateness(lag: Pick<Histogram, 'observe'>, lateMilliseconds: number): void {
  let left = Math.max(0, lateMilliseconds);
  for (let missed = 0; missed < mostMissed; missed++) {
    lag.observe(left / 1000);
    left -= everyMilliseconds;
    if (left <= 0) return;
  }
}

/** Answers how to end it. Never keeps the process alive. */
export function watchEventLoop(registry: Registry): () => void {
  const lag = registry.histogram(
    'keywright_event_loop_lag_seconds',
    'How late the event loop came to what was due every 20 ms.',
    seconds,
  );
  registry.read('keywright_event_loop_seconds_total', 'What the event loop spent its time with.', {
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
