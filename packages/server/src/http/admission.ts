/**
 * Refuses early the requests that would only wait: a fixed number of requests may be in work, and the others are told when
 * to come again. The time that accepted requests wait is bounded by this number, and the length of a turn by pace.ts.
 */
import { createPace } from './pace.ts';

export interface Admission {
  /** Whether one more request may begin. */
  hasRoom(): boolean;
  /** Starts the work of a request: at once, or in one of the next turns when this turn has started enough. */
  start(work: () => void): void;
  /** Whether a request that is started now waits for a later turn. */
  readonly isFull: boolean;
  /** A request began that has to wait for something. */
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
 * Enough for a burst on an idle server, and for what a database with a round trip of 50 ms keeps waiting. On a slow core it is
 * a tenth of a second of work.
 */
export const mostInWork = 256;

export interface AdmissionParts {
  /** Once a second while requests are refused. */
  readonly onRefused: (refused: number) => void;
  /** How many of those that began wait for hosts of others, or for passwords to be checked: they take no place. */
  readonly elsewhere?: { readonly count: number };
}

const nowhere = { count: 0 };

export function createAdmission({ onRefused, elsewhere = nowhere }: AdmissionParts): Admission {
  const pace = createPace();
  let begun = 0;
  let refused = 0;
  let refusedBefore = 0;
  let isRefusing = false;
  const inWork = (): number => begun - elsewhere.count + pace.size;

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
