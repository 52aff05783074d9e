/**
 * Histories of one grant: its code, its family of tokens and its end. Several callers request them
 * at once at two nodes, and some answers are lost. The oracle beside this file decides whether the
 * answers can be explained.
 */
import type { Family, Store } from '@keywright/core';
import * as fc from 'fast-check';
import { now as start } from './contract.ts';
import { connect, makeCode, makeFamily, makeId, makeRotation } from './samples.ts';
import {
  type Event,
  grantEnded,
  looked,
  Oracle,
  redeemed,
  retrySeconds,
  rotated,
} from './grant-oracle.ts';

const longSeconds = 1_000_000;

/** `token` counts from the newest known token. `node` is the node that is asked. */
type Ask =
  | { readonly do: 'redeem' | 'end family' | 'end grant' | 'look'; readonly node: number }
  | { readonly do: 'rotate'; readonly node: number; readonly token: number };

/** The answers of one node are lost: before the write, after it, or after so many milliseconds. */
export interface Crash {
  readonly node: number;
  readonly when: 'before' | 'after';
  readonly milliseconds: number;
}

/** Requests of one moment. After them, time passes. */
interface Round {
  readonly asks: readonly Ask[];
  readonly crash: Crash | undefined;
  readonly seconds: number;
}

const node = fc.nat({ max: 1 });
const redeeming: fc.Arbitrary<Ask> = fc.record({ do: fc.constant('redeem' as const), node });
const ask: fc.Arbitrary<Ask> = fc.oneof(
  { weight: 1, arbitrary: redeeming },
  {
    weight: 18,
    arbitrary: fc.record({
      do: fc.constant('rotate' as const),
      node,
      token: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.nat({ max: 3 })),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('look' as const), node }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('end family' as const), node }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('end grant' as const), node }) },
);

const crash: fc.Arbitrary<Crash> = fc.record({
  node,
  when: fc.constantFrom('before' as const, 'after' as const),
  milliseconds: fc.nat({ max: 5 }),
});

const moment = {
  crash: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, crash),
  seconds: fc.oneof({ weight: 4, arbitrary: fc.nat({ max: 5 }) }, fc.constant(retrySeconds + 1)),
};
const round: fc.Arbitrary<Round> = fc.record({
  asks: fc.array(ask, { minLength: 1, maxLength: 4 }),
  ...moment,
});
/**
 * Most histories begin with a redemption, because little happens before a code is redeemed, or
 * after it was redeemed twice.
 */
const redemption: fc.Arbitrary<Round> = fc.record({ asks: fc.tuple(redeeming), ...moment });

const history: fc.Arbitrary<readonly Round[]> = fc
  .tuple(
    fc.oneof({ weight: 5, arbitrary: redemption }, round),
    fc.array(round, { minLength: 2, maxLength: 7 }),
  )
  .map(([first, others]) => [first, ...others]);

export interface MachineParts {
  /** Two nodes on one database. */
  readonly stores: readonly [Store, Store];
  /** Loses answers among the acts that were just requested. */
  readonly strike: (crash: Crash) => void | Promise<void>;
  /** Called after the answers to those. */
  readonly calm?: () => void;
}

/**
 * Runs the history. Answers the events up to those that no order explains, or undefined if all can
 * be explained.
 */
async function runHistory(
  { stores, strike, calm }: MachineParts,
  rounds: readonly Round[],
): Promise<readonly Event[] | undefined> {
  const scene = await begin(stores);
  const known = [scene.family.currentDigest ?? ''];
  const oracle = new Oracle();
  const told: Event[] = [];
  let time = start;
  for (const { asks, crash: struck, seconds } of [...rounds, lastRound]) {
    const planned = asks.map((each) => plan(each, { ...scene, known, time }));
    const running = Promise.all(planned.map(perform));
    if (struck !== undefined) await strike(struck);
    const events = await running;
    if (struck !== undefined) calm?.();
    told.push(...events);
    if (!oracle.accept(events)) return told;
    for (const [index, { answer }] of events.entries())
      if (answer === 'rotated') known.push(planned[index]?.successor ?? '');
    time += seconds;
  }
  return undefined;
}

/** The final state is read from both nodes. */
const lastRound: Round = {
  asks: [0, 1].map((at) => ({ do: 'look', node: at }) as const),
  crash: undefined,
  seconds: 0,
};

/**
 * Starts with a new grant and a code that was not redeemed. A crash of another history may need
 * another try.
 */
async function begin(stores: MachineParts['stores']): Promise<Omit<Scene, 'known' | 'time'>> {
  for (let tries = 1; ; tries += 1) {
    try {
      const connection = await connect(stores[0]);
      const code = makeCode(connection, { expiresAt: start + longSeconds });
      const { outcome } = await stores[0].codes.issue({ code }, start);
      if (outcome !== 'issued') throw new Error(`The code was not issued but ${outcome}.`);
      const family = makeFamily(connection, {
        id: code.familyId,
        currentDigest: makeId(`${code.familyId}.`),
        expiresAt: start + longSeconds,
        absoluteExpiresAt: start + longSeconds,
      });
      return { stores, connection, code, family };
    } catch (error) {
      if (tries === 50 || (error as Error).name !== 'StoreUnavailableError') throw error;
    }
  }
}

export interface Histories {
  readonly count: number;
  readonly seed: number;
  readonly atOnce: number;
}

/** Runs so many histories, and answers those that cannot be explained, as lines for a reader. */
export async function runHistories(
  parts: MachineParts,
  { count, seed, atOnce }: Histories,
): Promise<readonly (readonly string[])[]> {
  const left = fc.sample(history, { numRuns: count, seed });
  const unexplained: (readonly string[])[] = [];
  const work = async (): Promise<void> => {
    for (let rounds = left.pop(); rounds !== undefined; rounds = left.pop()) {
      const events = await runHistory(parts, rounds);
      if (events !== undefined)
        unexplained.push(events.map(({ what, answer }) => `${what}: ${answer ?? 'no answer'}`));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return unexplained;
}

interface Scene {
  readonly stores: MachineParts['stores'];
  readonly family: Family;
  readonly code: { readonly digest: string };
  readonly connection: { readonly accountId: string; readonly grantId: string };
  readonly known: readonly string[];
  readonly time: number;
}

interface Planned {
  readonly what: string;
  readonly successor?: string;
  readonly run: () => Promise<string>;
  readonly apply: Event['apply'];
}

function plan(each: Ask, { stores, family, code, connection, known, time }: Scene): Planned {
  const store = stores[each.node] as Store;
  if (each.do === 'rotate') {
    const presented = known[Math.max(0, known.length - 1 - each.token)] ?? '';
    const successor = makeId(`${family.id}.`);
    const rotation = makeRotation(family, 0, {
      presentedDigest: presented,
      successorDigest: successor,
      sealedSuccessor: successor,
      expiresAt: start + longSeconds,
      retrySeconds,
    });
    return {
      what: `rotate ${presented} to ${successor} at ${each.node}`,
      successor,
      run: async () => {
        const done = await store.families.rotate(rotation, time);
        return done.outcome === 'replayed' ? `replayed ${done.sealedSuccessor}` : done.outcome;
      },
      apply: (state) => rotated(state, presented, successor, time),
    };
  }
  const named = { what: `${makeId(`${each.do} `)} at ${each.node}` };
  if (each.do === 'redeem')
    return {
      ...named,
      run: async () =>
        (await store.codes.redeem(code.digest, { ...family, createdAt: time }, time)).outcome,
      apply: (state) => redeemed(state, family.currentDigest ?? ''),
    };
  if (each.do === 'end family')
    return {
      ...named,
      run: () => store.families.end(family.id, time).then(() => 'done'),
      apply: (state) => ['done', { ...state, isAlive: false }],
    };
  if (each.do === 'end grant')
    return {
      ...named,
      run: async () => {
        const ended = await store.grants.end(connection.grantId, connection.accountId, time);
        return String(ended !== undefined);
      },
      apply: grantEnded,
    };
  return { ...named, run: () => look(store, family.id), apply: looked };
}

async function look(store: Store, id: string): Promise<string> {
  const family = await store.families.load(id);
  if (family === undefined) return 'none';
  return `${family.currentDigest} ${family.endedAt === undefined ? 'alive' : 'ended'}`;
}

async function perform({ what, run, apply }: Planned): Promise<Event> {
  try {
    return { what, answer: await run(), apply };
  } catch (error) {
    if ((error as Error).name !== 'StoreUnavailableError') throw error;
    return { what, answer: undefined, apply };
  }
}
