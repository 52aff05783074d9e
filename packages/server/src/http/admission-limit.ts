/**
 * How many requests may be in work at once. Nobody has to know what the machine can do: it is decided by how long requests wait.
 *
 * - **Turns of the event loop.** What arrives during a turn waits for its end, so the length of a turn is how long everybody waits. As in
 *   CoDel (RFC 8289 §3), one long turn is nothing but a burst; when all of them were long for a while, there is more work than time.
 *   It is processor time that counts: a turn that is long because others have the processor is not made shorter by less work.
 * - **A standing queue.** When those that wait for the database would take half a second at the pace of the last second, and never
 *   were fewer, more of them would only wait longer.
 */
export interface AdmissionLimit {
  readonly most: number;
  /** A turn of the event loop has ended, which took so much processor time, and so many were in work at most. */
  turned(milliseconds: number, at: number, inWork: number): void;
  /** A second has gone by: how many were done in it, how few were in work at least, and how many were refused. */
  passed(done: number, fewest: number, refused: number): void;
}

export interface AdmissionSettings {
  /** Never more, whatever happens. */
  readonly most: number;
  /** Never fewer: a few milliseconds of work, and more than may ever wait for a password to be checked. */
  readonly fewest: number;
  readonly longestTurnMilliseconds: number;
  /** All turns were long for so long, and there were so many of them. */
  readonly patienceMilliseconds: number;
  readonly patienceTurns: number;
  readonly longestQueueSeconds: number;
}

export const admissionSettings: AdmissionSettings = {
  most: 2000,
  fewest: 100,
  longestTurnMilliseconds: 15,
  patienceMilliseconds: 100,
  patienceTurns: 3,
  longestQueueSeconds: 0.5,
};

export function createAdmissionLimit(settings: AdmissionSettings = admissionSettings): AdmissionLimit {
  const { most, fewest, longestTurnMilliseconds, longestQueueSeconds } = settings;
  const { patienceMilliseconds, patienceTurns } = settings;
  let byTurns = most;
  let byQueue = most;
  let longSince = 0;
  let longTurns = 0;

  return {
    get most() {
      return Math.min(byTurns, byQueue);
    },
    turned(milliseconds, at, inWork) {
      if (milliseconds <= longestTurnMilliseconds) {
        longTurns = 0;
        byTurns = Math.min(most, Math.ceil(byTurns * 1.05));
        return;
      }
      if (longTurns === 0) longSince = at - milliseconds;
      longTurns += 1;
      if (longTurns < patienceTurns || at - longSince < patienceMilliseconds) return;
      const share = Math.max(0.5, longestTurnMilliseconds / milliseconds);
      byTurns = Math.max(fewest, Math.floor(Math.min(byTurns, inWork) * share));
    },
    passed(done, fewestInWork, refused) {
      const isStanding = fewestInWork >= fewest && fewestInWork >= done * longestQueueSeconds;
      byQueue = isStanding ? Math.max(fewest, Math.floor(done * longestQueueSeconds)) : most;
      if (refused === 0) byTurns = most;
    },
  };
}
