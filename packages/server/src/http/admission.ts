/**
 * Refuses early the requests that would only wait. A fixed number of requests may be in progress,
 * and the others learn when to try again. This number limits the waiting time of admitted requests.
 * pace.ts limits the length of a turn.
 */
import { createPace } from './pace.ts';

export interface Admission {
  /** Whether one more request may start. */
  hasRoom(): boolean;
  /**
   * Starts the work of a request: at once, or in one of the next turns if this turn has started
   * enough.
   */
  start(work: () => void): void;
  /** Whether a request that starts now must wait for a later turn. */
  readonly isFull: boolean;
  /** A request started that must wait for something. */
  begin(): void;
  end(): void;
  refuse(): void;
  readonly inWork: number;
  readonly refused: number;
  /** Whether requests were refused within the last second. */
  readonly isRefusing: boolean;
  stop(): void;
}

/**
 * Enough for a burst on an idle server, and for the requests that wait for a database with a round
 * trip of 50 ms. On a slow core this is a fifth of a second of work.
 */
export const mostInWork = 512;

export interface AdmissionParts {
  /** Once a second while requests are refused. */
  readonly onRefused: (refused: number) => void;
  /**
   * How many of the started requests wait for foreign hosts or for password checks. They do not
   * count.
   */
  readonly externalWaits?: { readonly count: number };
}

const nowhere = { count: 0 };

export function createAdmission({ onRefused, externalWaits = nowhere }: AdmissionParts): Admission {
  const pace = createPace();
  let begun = 0;
  let refused = 0;
  let refusedBefore = 0;
  let isRefusing = false;
  const inWork = (): number => begun - externalWaits.count + pace.size;

  const timer = setInterval(() => {
    const lately = refused - refusedBefore;
    refusedBefore = refused;
    isRefusing = lately > 0;
    if (isRefusing) onRefused(lately);
  }, 1000).unref();

  return {
    hasRoom: () => inWork() < mostInWork,
    start: (work) => pace.begin(work),
    get isFull() {
      return pace.isFull;
    },
    begin() {
      begun += 1;
    },
    end() {
      begun -= 1;
    },
    refuse() {
      refused += 1;
      isRefusing = true;
    },
    get inWork() {
      return inWork();
    },
    get refused() {
      return refused;
    },
    get isRefusing() {
      return isRefusing;
    },
    stop: () => clearInterval(timer),
  };
}
