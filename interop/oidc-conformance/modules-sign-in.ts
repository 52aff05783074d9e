/** Modules about whether the person is asked to sign in, and what the ID token says of it. */
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import { type SignedIn, signIn, withApplication } from './flow.ts';
import type { Modules } from './module.ts';
import { checkError, errorsForWantOfPages, makeRequest, type Run, visit } from './run.ts';

type Changes = Readonly<Record<string, string>>;

export const signIns: Modules = {
  'oidcc-prompt-login': {
    demands: 'prompt=login: asked again, and another auth_time',
    play: (run) =>
      playTwice(run, {
        second: () => ({ prompt: 'login' }),
        pages: 2,
        check: (first, second) => expect(authTime(second)).toBeGreaterThan(authTime(first)),
      }),
  },
  'oidcc-prompt-none-logged-in': {
    demands:
      'prompt=none where somebody is signed in: an answer without a page, with the same auth_time and sub',
    play: (run) =>
      playTwice(run, { second: () => ({ prompt: 'none' }), pages: 1, check: expectSame }),
  },
  'oidcc-prompt-none-not-logged-in': {
    demands:
      'prompt=none where nobody is: login_required or the like, with the whole of a long state',
    play: (run) =>
      withApplication(run, {}, async (app) => {
        const request = makeRequest(run, app, { prompt: 'none', state: 'a0'.repeat(64) });
        checkError(run, request, await visit(run, request), errorsForWantOfPages);
      }),
  },
  'oidcc-max-age-1': {
    demands: 'max_age=1 after more than that: asked again, and a later auth_time',
    play: (run) =>
      playTwice(run, {
        second: () => ({ max_age: '1' }),
        pages: 2,
        check: (first, second) => {
          expect(authTime(second)).toBeGreaterThan(authTime(first));
          expect(Date.now() / 1000 - authTime(second)).toBeLessThan(60);
        },
      }),
  },
  'oidcc-max-age-10000': {
    demands: 'max_age=10000 soon after: not asked again, the same auth_time and sub',
    play: (run) =>
      playTwice(run, {
        first: { max_age: '15000' },
        second: () => ({ max_age: '10000' }),
        pages: 1,
        check: expectSame,
      }),
  },
  'oidcc-id-token-hint': {
    demands: 'id_token_hint with prompt=none: an answer without a page, the same auth_time and sub',
    play: (run) =>
      playTwice(run, {
        second: ({ idToken }) => ({ prompt: 'none', id_token_hint: idToken }),
        pages: 1,
        check: expectSame,
      }),
  },
};

interface Twice {
  readonly first?: Changes;
  readonly second: (first: SignedIn) => Changes;
  /** How often somebody signs in, in all. */
  readonly pages: 1 | 2;
  readonly check: (first: SignedIn, second: SignedIn) => void;
}

/** In one browser. */
async function playTwice(
  run: Run,
  { first: changes = {}, second, pages, check }: Twice,
): Promise<void> {
  await withApplication(run, {}, async (app) => {
    const first = await signIn(run, app, changes);
    if (pages === 2) await pass(authTime(first) + 2);
    check(first, await signIn(run, app, second(first)));
    expect(run.browser.signIns).toBe(pages);
  });
}

/** The clock of the running server cannot be set. */
async function pass(seconds: number): Promise<void> {
  await wait(Math.max(0, seconds * 1000 - Date.now()));
}

function authTime({ claims }: SignedIn): number {
  expect(claims['auth_time']).toBeTypeOf('number');
  return claims['auth_time'] as number;
}

function expectSame(first: SignedIn, second: SignedIn): void {
  expect([authTime(second), second.claims.sub]).toEqual([authTime(first), first.claims.sub]);
}
