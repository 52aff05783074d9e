/**
 * What one file of `acts` declares of its thing: its tables, each with the rule by which rows are
 * deleted, and for each verb of the port the act and its level. `acts/index.ts` lists the things.
 * Everything that must know all of them is derived from that list: the store, the acts that the
 * writer knows, the names that are measured, and the tables that are pruned.
 */
import type { Clock } from '@keywright/core';
import type { Act } from './act.ts';
import type { Engine } from './engine.ts';
import type { Migration } from './migration.ts';
import type { Level, Operation, Written } from './operation.ts';

/** Deletes at most `limit` rows that ended long enough ago, and answers how many. */
export type Pruning = (now: number, limit: number) => Act<number>;

/** Why the rows of a table are not pruned. */
export interface Keeps {
  readonly keeps: string;
}

export interface Kept<Port> {
  readonly tables: Readonly<Record<string, Pruning | Keeps>>;
  readonly verbs: { readonly [V in keyof Port]: Verb<Port[V]> };
  /**
   * The migrations of its tables. Append only: a published migration is never edited. Those up to
   * version 8 are in `migrations`.
   */
  readonly migrations?: readonly Migration[];
}

/** What verbs of several acts receive beside the acts. */
export interface Surroundings {
  readonly clock: Clock;
  /** Rejects while the clocks of this machine and the database differ. */
  readonly assertMayDelete: () => Promise<void>;
  /**
   * Something that is missing in an exported database may be in the database that it was moved to.
   * So the server must not report it as void.
   */
  readonly assertNotMoved: () => Promise<undefined>;
}

interface Given extends Surroundings {
  readonly engine: Engine;
}

export interface Verb<F> {
  readonly written: readonly Written[];
  readonly read: readonly Operation[];
  readonly bind: (given: Given) => F;
}

/** The act with its name: `{ addAccount }`. */
type Named<A extends readonly unknown[], T> = Readonly<Record<string, (...args: A) => Act<T>>>;
type Called<A extends readonly unknown[], T> = Verb<(...args: A) => Promise<T>>;

function operationOf<A extends readonly unknown[], T>(named: Named<A, T>): Operation<A, T> {
  const [[name, act], another] = Object.entries(named) as [
    [string, Operation<A, T>['act']],
    unknown?,
  ];
  if (another !== undefined) throw new Error(`${name} is not named alone.`);
  return { name, act };
}

const writing =
  (level: Level) =>
  <A extends readonly unknown[], T>(named: Named<A, T>): Called<A, T> => {
    const written: Written<A, T> = { ...operationOf(named), level };
    return {
      written: [written],
      read: [],
      bind:
        ({ engine }) =>
        (...args) =>
          engine.act(written, ...args),
    };
  };

/** See `Level`. */
export const serializable = writing('serializable');
export const single = writing('single');
export const locking = writing('locking');
export const oneByOne = writing('one by one');

export function reading<A extends readonly unknown[], T>(named: Named<A, T>): Called<A, T> {
  const { name, act } = operationOf(named);
  return {
    written: [],
    read: [{ name, act }],
    bind:
      ({ engine }) =>
      (...args) =>
        engine.read(act(...args), name),
  };
}

/** Reads what a caller presents. Rejects if it is not found and the database was exported. */
export function readingPresented<A extends readonly unknown[], T>(
  named: Named<A, T | undefined>,
): Called<A, T | undefined> {
  const read = reading(named);
  return {
    ...read,
    bind: (given) => {
      const load = read.bind(given);
      return async (...args) => (await load(...args)) ?? given.assertNotMoved();
    },
  };
}

type Parts<P> = { readonly [N in keyof P]: P[N] extends Verb<infer F> ? F : never };

/** A verb of several acts. It can start only acts that are among its parts. */
export function composed<P extends Readonly<Record<string, Verb<unknown>>>, F>(
  parts: P,
  compose: (parts: Parts<P>, surroundings: Surroundings) => F,
): Verb<F> {
  const verbs = Object.values(parts);
  return {
    written: verbs.flatMap(({ written }) => written),
    read: verbs.flatMap(({ read }) => read),
    bind: (given) => {
      const bound = Object.entries(parts).map(([name, part]) => [name, part.bind(given)]);
      return compose(Object.fromEntries(bound) as Parts<P>, given);
    },
  };
}
