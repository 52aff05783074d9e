/**
 * Turns at something of which there may be only so much in a time, and which must not be refused to
 * somebody because others take it: those who ask wait in a line, and a turn goes to the one whose
 * networks were given the fewest. So anyone who asks from one network, or from many of one
 * operator, waits behind somebody who comes from elsewhere. Each process has lines of its own; how
 * often there is a turn at all is counted in the store.
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
  /** How many turns each network was given. */
  readonly given: BoundedMap<string, number>;
  waitSeconds: number;
}

interface State<T> {
  readonly lines: Map<string, Line<T>>;
  readonly ofNetwork: Map<string, number>;
  inAll: number;
}

/** A turn that comes sooner, and one who has left, are noticed within this time. */
const pauseAtMost = 5;
const mostTallies = 10_000;

export function createTurns<T>(options: TurnsOptions): Turns<T> {
  const state: State<T> = { lines: new Map(), ofNetwork: new Map(), inAll: 0 };
  return {
    async wait(subject, caller, take) {
      // Nobody is overtaken, and who need not wait takes no place in the line.
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
      makeRoom(state, line, options);
      return waiting.end.promise;
    },
  };
}

/** Until nobody waits any longer. */
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

/** One who left while the turn was taken does not get it: it is lost. */
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

/** Of the longest line, so that many lines about other subjects keep nobody from this one. */
function makeRoom<T>(
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

/** Who was given the fewest turns, and of those who came first. */
function indexOfFirst<T>(line: Line<T>): number {
  const turns = line.waiting.map((waiting) => turnsOf(line, waiting));
  return turns.indexOf(Math.min(...turns));
}

/**
 * Whose networks were given the most turns, or have the most waiting, and of those who came last.
 * Turns alone would say nothing of a line that many addresses of one operator have just filled, and
 * somebody from elsewhere, who came last, would leave it.
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
