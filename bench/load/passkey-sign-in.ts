/** A browser opens the sign-in page, and sends what an authenticator has signed. */
import { createAsserter } from '../../packages/testing/flows/authenticator.ts';
import { post } from '../requests.ts';
import type { PasskeyBrowser } from '../work.ts';
import { type Actor, createRing, expectStatus } from './part.ts';

function find(body: string, pattern: RegExp): string {
  const found = pattern.exec(body)?.[1];
  if (found === undefined) throw new Error(`no ${pattern} in ${body.slice(0, 200)}`);
  return found;
}

export function createPasskeySignIn(browsers: readonly PasskeyBrowser[]): Actor {
  const next = createRing(
    browsers.map((browser) => ({ ...browser, assert: createAsserter(browser.passkey) })),
  );
  let browser = next();
  let signing = false;
  return {
    begin() {
      browser = next();
      signing = false;
      return browser.page;
    },
    follow(answer) {
      if (signing) {
        expectStatus(answer, 303);
        find(answer.head(), /set-cookie: ([^=]*session=[^;]+)/i);
        return undefined;
      }
      expectStatus(answer, 200);
      signing = true;
      const body = answer.body();
      const csrf = find(body, /name="csrf" value="([\w-]+)"/);
      const challenge = find(body, /challenge&quot;:&quot;([\w-]+)/);
      const rpId = find(body, /rpId&quot;:&quot;([\w.-]+)/);
      const signed = encodeURIComponent(browser.assert({ challenge, rpId }));
      return post(browser.head, `csrf=${csrf}&passkey=${signed}`);
    },
  };
}
