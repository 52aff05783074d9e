/**
 * What all connections' parts are made of: their share of the work, and what they expect of an
 * answer.
 */
import type { Answer } from './connection.ts';

export interface Actor {
  /** The first request of the next unit. */
  begin(): string;
  /**
   * The next request of this unit, or undefined when the unit is done. Throws when the answer is
   * not the expected one.
   */
  follow(answer: Answer): string | undefined;
}

export function expectStatus(answer: Answer, ...statuses: readonly number[]): void {
  if (!statuses.includes(answer.status))
    throw new Error(`status ${answer.status}: ${answer.body().slice(0, 200)}`);
}

/** Throws when the body lacks one of them. */
export function expectIn(answer: Answer, ...texts: readonly string[]): void {
  const missing = texts.find((text) => !answer.has(text));
  if (missing !== undefined) throw new Error(`no ${missing} in ${answer.body().slice(0, 200)}`);
}

/**
 * Every `count`-th, beginning at `index`: one connection's share, all of them for a single
 * connection.
 */
export function share<T>(all: readonly T[], index: number, count: number): readonly T[] {
  const own = all.filter((_, at) => at % count === index);
  if (own.length === 0) throw new Error('there is not enough work for so many connections');
  return own;
}

export function createRing<T>(items: readonly T[]): () => T {
  let at = -1;
  return () => {
    at = at + 1 === items.length ? 0 : at + 1;
    return items[at]!;
  };
}

export function readMember(body: string, name: string): string {
  const value = new RegExp(`"${name}": ?"([^"]+)"`).exec(body)?.[1];
  if (value === undefined) throw new Error(`no ${name} in ${body.slice(0, 200)}`);
  return value;
}

export function readLocation(answer: Answer): string {
  expectStatus(answer, 302, 303);
  const location = /\r\nlocation: ([^\r]+)/i.exec(answer.head())?.[1];
  if (location === undefined) throw new Error(`no location in ${answer.head()}`);
  return location;
}

export function readCode(answer: Answer): string {
  const location = readLocation(answer);
  const code = /[?&]code=([^&]+)/.exec(location)?.[1];
  if (code === undefined) throw new Error(`no code in ${location}`);
  return code;
}
