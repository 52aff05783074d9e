/**
 * A simple model of one grant. The oracle decides whether there is an order of single acts in which
 * the model gives the same answers (linearizability, Herlihy and Wing 1990). An act without an
 * answer may have happened at any time, or never.
 */

/** How long after its use a token may be presented again, in seconds. */
export const retrySeconds = 30;

interface State {
  readonly isRedeemed: boolean;
  readonly isGrantAlive: boolean;
  readonly isAlive: boolean;
  readonly current: string;
  readonly previous: string;
  readonly rotatedAt: number;
}

/** A requested act and its answer. Without an answer, nothing is known. */
export interface Event {
  readonly what: string;
  readonly answer: string | undefined;
  /** The answer of the model, and the next state. */
  readonly apply: (state: State) => readonly [answer: string, next: State];
}

const nothingYet: State = {
  isRedeemed: false,
  isGrantAlive: true,
  isAlive: false,
  current: '',
  previous: '',
  rotatedAt: 0,
};

export function redeemed(state: State, first: string): readonly [string, State] {
  if (state.isRedeemed) return ['reused', { ...state, isAlive: false }];
  if (!state.isGrantAlive) return ['expired', state];
  return ['redeemed', { ...state, isRedeemed: true, isAlive: true, current: first }];
}

export function rotated(
  state: State,
  presented: string,
  successor: string,
  time: number,
): readonly [string, State] {
  if (!state.isAlive) return ['ended', state];
  if (presented === state.current)
    return ['rotated', { ...state, current: successor, previous: presented, rotatedAt: time }];
  if (presented === state.previous && time - state.rotatedAt <= retrySeconds)
    return [`replayed ${state.current}`, state];
  return ['reused', { ...state, isAlive: false }];
}

export function grantEnded(state: State): readonly [string, State] {
  return [String(state.isGrantAlive), { ...state, isGrantAlive: false, isAlive: false }];
}

export function looked(state: State): readonly [string, State] {
  return [
    state.isRedeemed ? `${state.current} ${state.isAlive ? 'alive' : 'ended'}` : 'none',
    state,
  ];
}

/**
 * What may have happened so far: a state, and the acts that may still turn out to have happened.
 */
interface Possibility {
  readonly state: State;
  readonly open: ReadonlySet<Event>;
}

/** Follows all orders of simultaneous acts that agree with the answers. */
export class Oracle {
  #possibilities: readonly Possibility[] = [{ state: nothingYet, open: new Set() }];

  /** Returns false if no order explains these answers. */
  accept(events: readonly Event[]): boolean {
    const answered = new Set(events.filter(({ answer }) => answer !== undefined));
    const lost = events.filter(({ answer }) => answer === undefined);
    const found: Found = { seen: new Set(), byState: new Map() };
    for (const { state, open } of this.#possibilities)
      follow(state, answered, new Set([...open, ...lost]), found);
    this.#possibilities = [...found.byState.values()].flat();
    return this.#possibilities.length > 0;
  }
}

interface Found {
  readonly seen: Set<string>;
  readonly byState: Map<string, readonly Possibility[]>;
}

/**
 * One act after the other. An answered act may be next if the model gives the same answer. An act
 * without an answer may be next if it changes something.
 */
function follow(
  state: State,
  answered: ReadonlySet<Event>,
  open: ReadonlySet<Event>,
  found: Found,
): void {
  const stateMark = JSON.stringify(state);
  const mark = [stateMark, ...namesOf(answered), '|', ...namesOf(open)].join();
  if (found.seen.has(mark)) return;
  found.seen.add(mark);
  if (answered.size === 0) keepWidest(found, stateMark, { state, open });
  for (const event of answered) {
    const [answer, next] = event.apply(state);
    if (answer === event.answer) follow(next, without(answered, event), open, found);
  }
  for (const event of open) {
    const [, next] = event.apply(state);
    if (JSON.stringify(next) !== stateMark) follow(next, answered, without(open, event), found);
  }
}

/** A possibility with more open acts explains everything that one with fewer explains. */
function keepWidest({ byState }: Found, mark: string, possibility: Possibility): void {
  const kept = byState.get(mark) ?? [];
  if (kept.some(({ open }) => possibility.open.isSubsetOf(open))) return;
  byState.set(mark, [
    ...kept.filter(({ open }) => !open.isSubsetOf(possibility.open)),
    possibility,
  ]);
}

function namesOf(events: ReadonlySet<Event>): readonly string[] {
  return [...events].map(({ what }) => what).toSorted();
}

function without(events: ReadonlySet<Event>, one: Event): ReadonlySet<Event> {
  return new Set([...events].filter((event) => event !== one));
}
