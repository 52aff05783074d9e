/**
 * Work that comes back, done by one of all the processes of all nodes: whoever holds its lease in the database. A process that dies
 * gives its leases up by not taking them again, and another one goes on. Nothing here keeps a process alive.
 */
import { randomUUID } from 'node:crypto';
import type { LeaseStore } from '@keywright/core';

export interface Task {
  /** Of its lease, and in the log. */
  readonly name: string;
  readonly everySeconds: number;
  /**
   * Between two steps of long work `keep` is asked: false when it has to end, since another process has the lease by now or this one stops.
   * What is done twice at one time must come to the same: the lease of a process that stood still for a while has lapsed.
   */
  readonly run: (keep: () => Promise<boolean>) => Promise<void>;
}

export interface Schedule {
  /** Begins nothing any more, waits for the step that is underway, and gives the leases up. */
  stop(): Promise<void>;
}

export interface ScheduleParts {
  readonly leases: LeaseStore;
  readonly onFault: (task: string, error: unknown) => void;
  /** From 0 to below 1: spreads the nodes over time. Chance by default. */
  readonly random?: () => number;
}

/** The first time: what came due while nothing ran need not wait for a whole interval. */
const firstWithinSeconds = 10;
/** Each interval is longer or shorter by so much at the most. */
const jitter = 0.1;
/** Outlasts the interval until its holder comes again, so that the work is done once in each. */
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
    const isHeld = await leases.take(task.name, holder, Math.ceil(task.everySeconds * leaseIntervals));
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
      // A lease that cannot be given up lapses.
      await Promise.allSettled([...held].map(({ name }) => leases.take(name, holder, 0)));
    },
  };
}
