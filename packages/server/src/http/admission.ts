/** Refuses early what would only wait: so many requests are in work as the limit allows, and the others are told when to come again. */
import { type AdmissionLimit, createAdmissionLimit } from './admission-limit.ts';
import { createPace } from './pace.ts';

export interface Admission {
  /** Whether one more may begin. */
  hasRoom(): boolean;
  /** Starts the work of one that was let in: at once, or in one of the next turns when enough was started in this one. */
  start(work: () => void): void;
  /** Whether what is started now has to stand in line. */
  readonly isFull: boolean;
  /** One began that has to wait for something. */
  begin(): void;
  end(): void;
  refuse(): void;
  readonly inWork: number;
  /** How many may be in work now. */
  readonly most: number;
  readonly refused: number;
  /** Whether requests were refused within the last second. */
  readonly isRefusing: boolean;
  stop(): void;
}

/** Of this thread, since it began. */
function processorMilliseconds(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** A look at a turn costs a turn: not after each request. */
const lookAfter = 8;

/** Answers what is to be called for each request; `onTurn` is told when a turn began and ended while there are many. */
function watchTurns(onTurn: (began: number, ended: number) => void): () => void {
  let unlooked = 0;
  let isLooking = false;
  /** From one check phase of the event loop to the next one: a whole turn, by the processor time that it took. */
  const look = (began: number): void => {
    const used = processorMilliseconds();
    onTurn(began, used);
    isLooking = unlooked >= lookAfter;
    unlooked = 0;
    if (isLooking) setImmediate(look, used);
  };
  return () => {
    unlooked += 1;
    if (unlooked < lookAfter || isLooking) return;
    isLooking = true;
    unlooked = 0;
    setImmediate(() => setImmediate(look, processorMilliseconds()));
  };
}

export interface AdmissionParts {
  /** Once a second while there is something to tell. */
  readonly onRefused: (refused: number) => void;
  readonly limit?: AdmissionLimit;
  /** How many of those that began wait for hosts of others, or for passwords to be checked: less work in this thread does not bring them on. */
  readonly elsewhere?: { readonly count: number };
}

const nowhere = { count: 0 };

export function createAdmission({
  onRefused,
  limit = createAdmissionLimit(),
  elsewhere = nowhere,
}: AdmissionParts): Admission {
  const counts = { begun: 0, highest: 0, fewest: 0, done: 0, refused: 0, refusedBefore: 0 };
  const pace = createPace(processorMilliseconds);
  /** For the store. Of those in line many may be answered at once, and are never counted as done. */
  const waiting = (): number => counts.begun - elsewhere.count;
  const inWork = (): number => waiting() + pace.size;
  let isRefusing = false;
  const count = watchTurns((began, ended) => {
    // Who stands in line has waited for more turns than this one.
    limit.turned(ended - Math.min(began, pace.since ?? began), performance.now(), counts.highest);
    counts.highest = inWork();
  });

  const timer = setInterval(() => {
    const refused = counts.refused - counts.refusedBefore;
    counts.refusedBefore = counts.refused;
    limit.passed(counts.done, counts.fewest, refused);
    counts.done = 0;
    counts.fewest = waiting();
    isRefusing = refused > 0;
    if (refused > 0) onRefused(refused);
  }, 1000).unref();

  return {
    hasRoom: () => inWork() < limit.most,
    start: (work) => pace.begin(work),
    get isFull() {
      return pace.isFull;
    },
    begin() {
      counts.begun += 1;
      counts.highest = Math.max(counts.highest, inWork());
      count();
    },
    end() {
      counts.begun -= 1;
      counts.done += 1;
      counts.fewest = Math.min(counts.fewest, waiting());
    },
    refuse() {
      counts.refused += 1;
      isRefusing = true;
      count();
    },
    get inWork() {
      return inWork();
    },
    get most() {
      return limit.most;
    },
    get refused() {
      return counts.refused;
    },
    get isRefusing() {
      return isRefusing;
    },
    stop: () => clearInterval(timer),
  };
}
