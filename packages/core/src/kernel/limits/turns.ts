/**
 * Distributes something that is limited in each time span, and that must not be refused to one
 * caller because others use it. Callers wait in a line, and the caller whose networks got the
 * fewest turns goes first. So a caller with many addresses in one network, or in many networks of
 * one operator, waits behind a caller from another network. Each process has its own lines. The
 * store counts how many turns there are.
 */
import { BoundedMap } from '@keywright/jwt';
import type { Clock } from '../../model/ports.ts';
import type { Taken, Caller, Turns } from '../../model/limit-ports.ts';

export interface TurnsOptions {
  readonly clock: Clock;
  readonly pause: (seconds: number) => Promise<void>;
  readonly mostSeconds: number;
  readonly mostInLine: number;
  readonly mostOfNetwork: number;
  readonly mostInAll: number;
}

interface Waiting<T> {
  readonly caller: Caller;
  readonly until: number;
  readonly end: PromiseWithResolvers<Taken<T>>;
}

interface Line<T> {
  readonly waiting: Waiting<T>[];
  /** The number of turns of each network. */
  readonly given: BoundedMap<string, number>;
  waitSeconds: number;
}

interface State<T> {
  readonly lines: Map<string, Line<T>>;
  readonly ofNetwork: Map<string, number>;
  inAll: number;
}

/** How long it may take to notice an earlier turn, or a caller that has left. */
const pauseAtMost = 5;
const mostTallies = 10_000;

export function createTurns<T>(options: TurnsOptions): Turns<T> {
  const state: State<T> = { lines: new Map(), ofNetwork: new Map(), inAll: 0 };
  return {
    async wait(subject, caller, take) {
      // A caller that need not wait does not enter the line, and overtakes no one.
      const turn = state.lines.has(subject) ? undefined : await take();
      if (turn !== undefined && 'taken' in turn) return turn;
      const known = state.lines.get(subject);
      if (caller.isBounded && waitingOf(state, caller) >= options.mostOfNetwork)
        return { waitSeconds: known?.waitSeconds ?? turn?.waitSeconds ?? 1 };
      const line = known ?? {
        waiting: [],
        given: new BoundedMap<string, number>(mostTallies),
        waitSeconds: 1,
      };
      const until = options.clock.nowSeconds() + options.mostSeconds;
      const waiting = { caller, until, end: Promise.withResolvers<Taken<T>>() };
      line.waiting.push(waiting);
      count(state, caller, 1);
      state.lines.set(subject, line);
      if (known === undefined) void run(state, subject, line, take, options);
      shortenLines(state, line, options);
      return waiting.end.promise;
    },
  };
}

/** Runs until no caller waits. */
async function run<T>(
  state: State<T>,
  subject: string,
  line: Line<T>,
  take: () => Promise<Taken<T>>,
  { clock, pause }: TurnsOptions,
): Promise<void> {
  try {
    while (line.waiting.length > 0) {
      const turn = await take();
      if ('taken' in turn) {
        giveTurn(state, line, turn);
        continue;
      }
      line.waitSeconds = turn.waitSeconds;
      await pause(Math.min(turn.waitSeconds, pauseAtMost));
      refuseLate(state, line, clock.nowSeconds());
    }
  } catch (error) {
    while (line.waiting.length > 0) leave(state, line, 0)?.end.reject(error);
  } finally {
    state.lines.delete(subject);
  }
}

/** If the caller left while the turn was taken, the turn is lost. */
function giveTurn<T>(state: State<T>, line: Line<T>, turn: Taken<T>): void {
  const next = leave(state, line, indexOfFirst(line));
  if (next === undefined) return;
  for (const network of next.caller.networks)
    line.given.set(network, (line.given.get(network) ?? 0) + 1);
  next.end.resolve(turn);
}

function refuseLate<T>(state: State<T>, line: Line<T>, now: number): void {
  for (let index = line.waiting.length - 1; index >= 0; index -= 1)
    if ((line.waiting[index]?.until ?? 0) <= now) refuse(state, line, index);
}

/**
 * Removes one from the longest line, so that many lines for other subjects do not block this one.
 */
function shortenLines<T>(
  state: State<T>,
  line: Line<T>,
  { mostInLine, mostInAll }: TurnsOptions,
): void {
  if (line.waiting.length > mostInLine) refuse(state, line, indexOfLast(line));
  if (state.inAll <= mostInAll) return;
  const longest = [...state.lines.values()].reduce((one, other) =>
    other.waiting.length > one.waiting.length ? other : one,
  );
  refuse(state, longest, indexOfLast(longest));
}

function refuse<T>(state: State<T>, line: Line<T>, index: number): void {
  leave(state, line, index)?.end.resolve({ waitSeconds: line.waitSeconds });
}

function leave<T>(state: State<T>, line: Line<T>, index: number): Waiting<T> | undefined {
  const [left] = line.waiting.splice(index, 1);
  if (left !== undefined) count(state, left.caller, -1);
  return left;
}

function waitingOf<T>({ ofNetwork }: State<T>, { networks: [network = ''] }: Caller): number {
  return ofNetwork.get(network) ?? 0;
}

function count<T>(state: State<T>, caller: Caller, change: 1 | -1): void {
  state.inAll += change;
  const [network = ''] = caller.networks;
  const waiting = waitingOf(state, caller) + change;
  if (waiting === 0) state.ofNetwork.delete(network);
  else state.ofNetwork.set(network, waiting);
}

function turnsOf<T>({ given }: Line<T>, { caller }: Waiting<T>): number {
  return caller.networks.reduce((sum, network) => sum + (given.get(network) ?? 0), 0);
}

/** The caller with the fewest turns. Of several, the first. */
function indexOfFirst<T>(line: Line<T>): number {
  const turns = line.waiting.map((waiting) => turnsOf(line, waiting));
  return turns.indexOf(Math.min(...turns));
}

/**
 * The caller whose networks got the most turns or have the most waiting; of several, the last to
 * arrive. If only turns counted, many addresses of one operator could fill a line that is new, and
 * a caller from another network, who came last, would be removed.
 */
function indexOfLast<T>(line: Line<T>): number {
  const waiting = new Map<string, number>();
  for (const { caller } of line.waiting)
    for (const network of caller.networks) waiting.set(network, (waiting.get(network) ?? 0) + 1);
  const turns = line.waiting.map((one) =>
    one.caller.networks.reduce(
      (sum, network) => sum + (waiting.get(network) ?? 0),
      turnsOf(line, one),
    ),
  );
  return turns.lastIndexOf(Math.max(...turns));
}
