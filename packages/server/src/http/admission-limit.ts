/**
 * How many requests may be in work at once. Nobody has to know what the machine can do: it is decided by how long requests wait.
 *
 * - **Turns of the event loop.** What arrives during a turn waits for its end, so the length of a turn is how long everybody waits. As in
 *   CoDel (RFC 8289 §3), one long turn is nothing but a burst; when all of them were long for a while, there is more work than time.
 *   It is processor time that counts: a turn that is long because others have the processor is not made shorter by less work. From
 *   the lesser of two turns it follows how many fit into one, so that one in which memory was tidied up does not count.
 * - **A standing queue.** When those that wait for the database would take half a second at the pace of the last second, and never
 *   were fewer, more of them would only wait longer.
 */
export interface AdmissionLimit {
  readonly most: number;
  /** A turn of the event loop has ended: so much processor time it took with whatever went before in the line, and so many were in work at most. */
  turned(milliseconds: number, at: number, inWork: number): void;
  /** A second has gone by: how many were done in it, how few waited for the store at least, and how many were refused. */
  passed(done: number, fewest: number, refused: number): void;
}

export interface AdmissionSettings {
  /** Never more, whatever happens. */
  readonly most: number;
  /** Never fewer: a few milliseconds of work. */
  readonly fewest: number;
  readonly longestTurnMilliseconds: number;
  /** All turns were long for so long, and there were so many of them. */
  readonly patienceMilliseconds: number;
  readonly patienceTurns: number;
  readonly longestQueueSeconds: number;
}

export const admissionSettings: AdmissionSettings = {
  most: 2000,
  fewest: 32,
  longestTurnMilliseconds: 10,
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
  let former = 0;

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
      const lesser = longTurns === 0 ? milliseconds : Math.min(former, milliseconds);
      longTurns += 1;
      former = milliseconds;
      if (longTurns < patienceTurns || at - longSince < patienceMilliseconds) return;
      const fitting = Math.floor((inWork * longestTurnMilliseconds) / lesser);
      byTurns = Math.max(fewest, Math.min(byTurns, fitting));
    },
    passed(done, fewestInWork, refused) {
      const isStanding = fewestInWork >= fewest && fewestInWork >= done * longestQueueSeconds;
      if (isStanding) byQueue = Math.max(fewest, Math.floor(done * longestQueueSeconds));
      // Step by step: all at once, it would fill again with more than can be done.
      else byQueue = refused === 0 ? most : Math.min(most, Math.ceil(byQueue * 1.25));
      if (refused === 0) byTurns = most;
    },
  };
}
