/**
 * Writers that record what they do: each does what one user and their applications do, at nodes
 * that may be killed, and records for every write whether it was acknowledged. At the end,
 * everything acknowledged is checked.
 */
import { setTimeout as wait } from 'node:timers/promises';
import {
  type Cookies,
  introspect,
  obtainCode,
  type Place,
  redeem,
  refresh,
  revoke,
  type TokenAnswer,
} from './actors.ts';
import type { Chance } from './chance.ts';

export interface Written {
  readonly acknowledged: number;
  /** Writes without an answer that were not repeated. They may have taken place or not. */
  readonly unanswered: number;
  /** Acknowledged, but missing. */
  readonly lost: readonly string[];
}

export interface Writers {
  /**
   * Ends after the current write of each writer, checks everything acknowledged, and reports the
   * result.
   */
  stop(): Promise<Written>;
}

interface Book {
  readonly cookies: Cookies;
  acknowledged: number;
  unanswered: number;
  readonly lost: string[];
  /** The last refresh token of each family. */
  readonly living: string[];
  /** Tokens whose revocation was acknowledged. */
  readonly revoked: string[];
}

/** The node of a writer: another one each time. */
interface World {
  readonly places: readonly Place[];
  readonly chance: Chance;
}

const mostLiving = 20;
const secondsToAnswer = 45;

/** The number of writes a second of all writers, as long as they are answered. */
export function startWriters(
  places: readonly Place[],
  people: readonly Cookies[],
  writesPerSecond: number,
  chance: Chance,
): Writers {
  const world = { places, chance };
  const pause = (people.length * 1000) / writesPerSecond;
  const books = people.map(
    (cookies): Book => ({
      cookies,
      acknowledged: 0,
      unanswered: 0,
      lost: [],
      living: [],
      revoked: [],
    }),
  );
  let stopping = false;
  const work = async (book: Book): Promise<void> => {
    let due = performance.now() + chance.next() * pause;
    while (!stopping) {
      await wait(Math.max(0, due - performance.now()));
      // The time of a restart is not made up for by a burst.
      due = Math.max(due + pause, performance.now());
      await write(world, book);
    }
  };
  const working = Promise.all(books.map(work));
  return {
    stop: async () => {
      stopping = true;
      await working;
      await Promise.all(books.map((book) => look(world, book)));
      return sumUp(books);
    },
  };
}

function sumUp(books: readonly Book[]): Written {
  return {
    acknowledged: books.reduce((sum, book) => sum + book.acknowledged, 0),
    unanswered: books.reduce((sum, book) => sum + book.unanswered, 0),
    lost: books.flatMap((book) => book.lost),
  };
}

function write(world: World, book: Book): Promise<void> {
  const dice = world.chance.next();
  const { length } = book.living;
  if (length === 0 || (dice < 0.2 && length < mostLiving)) return begin(world, book);
  const at = world.chance.below(length);
  return dice < 0.3 ? end(world, book, at) : rotate(world, book, at);
}

/** A code and its redemption: two writes, neither of which can be repeated. */
async function begin({ places, chance }: World, book: Book): Promise<void> {
  const code = await obtainCode(chance.pick(places), book.cookies).catch(() => undefined);
  if (code === undefined) return void (book.unanswered += 1);
  book.acknowledged += 1;
  const answer = await redeem(chance.pick(places), code).catch(() => undefined);
  if (answer === undefined || answer.status >= 500) return void (book.unanswered += 1);
  if (answer.refresh_token === undefined)
    return void book.lost.push(describe('an issued code', answer));
  book.acknowledged += 1;
  book.living.push(answer.refresh_token);
}

/** Repeated with the same token until there is an answer, as by an honest client. */
async function rotate({ places, chance }: World, book: Book, at: number): Promise<void> {
  const token = book.living[at] ?? '';
  const answer = await askUntilAnswered(() => refresh(chance.pick(places), token));
  if (answer.refresh_token !== undefined) {
    book.living[at] = answer.refresh_token;
    book.acknowledged += 1;
    return;
  }
  book.lost.push(describe('a refresh token', answer));
  book.living.splice(at, 1);
}

async function end({ places, chance }: World, book: Book, at: number): Promise<void> {
  const [token = ''] = book.living.splice(at, 1);
  const answer = await askUntilAnswered(async () => ({
    status: await revoke(chance.pick(places), token),
  }));
  if (answer.status !== 200) return void book.lost.push(describe('a revocation', answer));
  book.revoked.push(token);
  book.acknowledged += 1;
}

/** For everything acknowledged. */
async function look({ places, chance }: World, book: Book): Promise<void> {
  for (const token of book.living) {
    const answer = await askUntilAnswered(() => refresh(chance.pick(places), token));
    if (answer.status !== 200) book.lost.push(describe('a refresh token, in the end', answer));
  }
  for (const token of book.revoked) {
    const isAlive = await introspect(chance.pick(places), token);
    const answer = await askUntilAnswered(() => refresh(chance.pick(places), token));
    if (isAlive || answer.error !== 'invalid_grant')
      book.lost.push(describe('a revocation, in the end', answer));
  }
}

async function askUntilAnswered<A extends { readonly status: number }>(
  ask: () => Promise<A>,
): Promise<A> {
  const until = performance.now() + secondsToAnswer * 1000;
  for (;;) {
    const answer = await ask().catch(() => undefined);
    if (answer !== undefined && answer.status < 500 && answer.status !== 429) return answer;
    if (performance.now() > until) throw new Error(`no answer within ${secondsToAnswer} seconds`);
    await wait(20);
  }
}

function describe(what: string, { status, error, error_uri }: TokenAnswer): string {
  return [what, status, error, error_uri].filter((part) => part !== undefined).join(' ');
}
