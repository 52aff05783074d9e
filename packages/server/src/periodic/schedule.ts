/**
 * Periodic work that one process of all nodes does: the process that holds its lease in the
 * database. If a process ends, its lease expires, and another one continues. This does not keep a
 * process running.
 */
import { randomUUID } from 'node:crypto';
import type { LeaseStore } from '@keywright/core';

export interface Task {
  /** The name of the lease, also used in the log. */
  readonly name: string;
  readonly everySeconds: number;
  /**
   * Long work calls `keep` between two steps. It returns false if the work must end, because
   * another process has the lease or this process stops. Work that runs twice at once must have the
   * same result, because the lease of a paused process may have expired.
   */
  readonly run: (keep: () => Promise<boolean>) => Promise<void>;
}

export interface Schedule {
  /** Starts no more work, waits for the current step, and releases the leases. */
  stop(): Promise<void>;
}

export interface ScheduleParts {
  readonly leases: LeaseStore;
  readonly onFault: (task: string, error: unknown) => void;
  /** From 0 to below 1. Distributes the nodes over time. Default: random. */
  readonly random?: () => number;
}

/** The first run: work that became due while no server ran does not wait for a whole interval. */
const firstWithinSeconds = 10;
/** Each interval is longer or shorter by at most this part. */
const jitter = 0.1;
/**
 * Longer than the interval, so that its holder renews it, and the work is done once in each
 * interval.
 */
const leaseIntervals = 1.5;
/** Not the interval, which may be hours. */
const afterFaultSeconds = 60;

export function startSchedule(tasks: readonly Task[], parts: ScheduleParts): Schedule {
  const { leases, onFault, random = Math.random } = parts;
  const holder = randomUUID();
  const timers = new Map<Task, NodeJS.Timeout>();
  const held = new Set<Task>();
  const running = new Set<Promise<void>>();
  let isStopped = false;

  const keep = async (task: Task): Promise<boolean> => {
    if (isStopped) return false;
    const isHeld = await leases.take(
      task.name,
      holder,
      Math.ceil(task.everySeconds * leaseIntervals),
    );
    if (isHeld) held.add(task);
    else held.delete(task);
    return isHeld && !isStopped;
  };

  /** Seconds until the next time. */
  const runOnce = async (task: Task): Promise<number> => {
    try {
      if (await keep(task)) await task.run(() => keep(task));
      return task.everySeconds;
    } catch (error) {
      onFault(task.name, error);
      return Math.min(task.everySeconds, afterFaultSeconds);
    }
  };

  const wait = (task: Task, seconds: number): void => {
    const work = async (): Promise<void> => {
      const next = await runOnce(task);
      if (!isStopped) wait(task, next * (1 + jitter * (2 * random() - 1)));
    };
    const begin = (): void => {
      const begun = work().finally(() => running.delete(begun));
      running.add(begun);
    };
    timers.set(task, setTimeout(begin, seconds * 1000).unref());
  };

  for (const task of tasks) wait(task, random() * Math.min(task.everySeconds, firstWithinSeconds));
  return {
    async stop() {
      isStopped = true;
      for (const timer of timers.values()) clearTimeout(timer);
      await Promise.all(running);
      // A lease that cannot be released expires.
      await Promise.allSettled([...held].map(({ name }) => leases.take(name, holder, 0)));
    },
  };
}
