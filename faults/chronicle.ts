/**
 * A record of writes: when each one took place, as its caller saw it. With it and a copy of the
 * database, a test decides whether the copy is of one moment: it must not have a write that began
 * after the acknowledgement of a missing one.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { readRefreshToken } from '../packages/core/src/kernel/tokens/refresh-token.ts';
import { type Cookies, obtainTokens, type Place, refresh, revoke } from './actors.ts';
import type { Chance } from './chance.ts';
import { queryRows, type Row } from './database.ts';

/** Times of `performance.now()`. */
export interface Write {
  readonly startedAt: number;
  /** Absent if no answer came. Then the write may be there or not. */
  readonly acknowledgedAt?: number;
}

/** The history of one refresh token, which only its own application uses. */
export interface History {
  readonly familyId: string;
  readonly cookies: Cookies;
  /** An access token of its first moment. */
  readonly accessToken: string;
  /** The first one, and all later ones. */
  readonly tokens: string[];
  /** The number of tokens, or one more, which was not answered. */
  readonly made: Write[];
  ended?: Write;
}

export interface Chronicle {
  readonly histories: readonly History[];
  /** Missing answers, or refused writes, while nothing was stopped. */
  readonly failures: readonly string[];
  stop(): Promise<void>;
}

const mostLiving = 20;

/** The number of writes a second of all these applications together. */
export function startChronicle(
  place: Place,
  people: readonly Cookies[],
  writesPerSecond: number,
  chance: Chance,
): Chronicle {
  const histories: History[] = [];
  const failures: string[] = [];
  const pause = (people.length * 1000) / writesPerSecond;
  let stopping = false;
  const work = async (cookies: Cookies): Promise<void> => {
    const own: History[] = [];
    await wait(chance.next() * pause);
    while (!stopping) {
      const due = wait(pause);
      await write(place, cookies, own, chance).catch((error: unknown) =>
        failures.push(String(error)),
      );
      await due;
    }
    histories.push(...own);
  };
  const working = Promise.all(people.map(work));
  return {
    histories,
    failures,
    stop: async () => {
      stopping = true;
      await working;
    },
  };
}

async function write(
  place: Place,
  cookies: Cookies,
  own: History[],
  chance: Chance,
): Promise<void> {
  const living = own.filter(({ ended }) => ended === undefined);
  const dice = chance.next();
  if (living.length === 0 || (dice < 0.25 && living.length < mostLiving))
    own.push(await begin(place, cookies));
  else if (dice < 0.35) await end(place, chance.pick(living));
  else await rotate(place, chance.pick(living));
}

export async function begin(place: Place, cookies: Cookies): Promise<History> {
  const startedAt = performance.now();
  const { access_token: accessToken, refresh_token: token } = await obtainTokens(place, cookies);
  const familyId = readRefreshToken(token)?.familyId ?? '';
  const made = [{ startedAt, acknowledgedAt: performance.now() }];
  return { familyId, cookies, accessToken, tokens: [token], made };
}

async function rotate(place: Place, { tokens, made }: History): Promise<void> {
  const startedAt = performance.now();
  const answer = await refresh(place, newestOf(tokens));
  if (answer.refresh_token === undefined)
    throw new Error(`a refresh was answered with ${answer.status} ${answer.error}`);
  tokens.push(answer.refresh_token);
  made.push({ startedAt, acknowledgedAt: performance.now() });
}

export async function end(place: Place, history: History): Promise<void> {
  const startedAt = performance.now();
  // From now on, no application rotates it.
  history.ended = { startedAt };
  const status = await revoke(place, newestOf(history.tokens));
  if (status !== 200) throw new Error(`a revocation was answered with ${status}`);
  history.ended = { startedAt, acknowledgedAt: performance.now() };
}

export function newestOf(tokens: readonly string[]): string {
  const newest = tokens.at(-1);
  if (newest === undefined) throw new Error('There is no token.');
  return newest;
}

/** The content of a copy about a history. */
export interface Copied {
  readonly history: History;
  /** The number of its tokens that had been issued. 0 if the copy does not have it. */
  readonly made: number;
  readonly hasEnded: boolean;
}

export async function readCopy(
  database: string,
  histories: readonly History[],
): Promise<readonly Copied[]> {
  const ids = histories.map(({ familyId }) => `'${familyId}'`).join(', ');
  const rows = await queryRows(
    database,
    `SELECT id, current_digest, ended_at FROM families WHERE id IN (${ids})`,
  );
  const byId = new Map(rows.map((row) => [row['id'], row]));
  return histories.map((history) => toCopied(history, byId.get(history.familyId)));
}

function toCopied(history: History, row: Row | undefined): Copied {
  if (row === undefined) return { history, made: 0, hasEnded: false };
  const digests = history.tokens.map((token) => readRefreshToken(token)?.digest);
  const at = digests.indexOf(row['current_digest'] as string);
  if (at < 0)
    throw new Error(
      `the copy holds a token of ${history.familyId} that was never given to anybody`,
    );
  return { history, made: at + 1, hasEnded: row['ended_at'] !== null };
}

export interface Moment {
  readonly present: number;
  readonly absent: number;
  /**
   * The latest beginning of a write in the copy, and the first acknowledgement of a missing one.
   */
  readonly lastPresent: number;
  readonly firstAbsent: number;
}

export function findMoment(copied: readonly Copied[]): Moment {
  const present: Write[] = [];
  const absent: Write[] = [];
  for (const { history, made, hasEnded } of copied) {
    present.push(...history.made.slice(0, made));
    absent.push(...history.made.slice(made));
    if (history.ended !== undefined) (hasEnded ? present : absent).push(history.ended);
  }
  return {
    present: present.length,
    absent: absent.length,
    lastPresent: Math.max(...present.map(({ startedAt }) => startedAt)),
    firstAbsent: Math.min(...absent.map(({ acknowledgedAt = Infinity }) => acknowledgedAt)),
  };
}
