/** What every error answer of the OAuth endpoints has in common (RFC 6749 §4.1.2.1, §5.2; RFC 6750 §3). */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import { createAuthorizePlatform, requestWords, toldIn } from './authorize-setting.ts';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await createAuthorizePlatform();
});
afterEach(() => platform.close());

/** RFC 6749 §5.2, RFC 6750 §3. */
const descriptionGrammar = /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/;

describe('a description names what a client sent in plain ASCII alone (RFC 6749 §5.2)', () => {
  const foreign = 'Zoë’s "claim" \\ 🎈\r\n';
  const words = () => requestWords({ claims: JSON.stringify({ userinfo: { [foreign]: 5 } }) });

  it('in a redirect', async () => {
    const answer = await platform.browser().get(`/authorize?${new URLSearchParams(words())}`);
    const description = toldIn(answer).get('error_description');
    expect(description).toMatch(descriptionGrammar);
    expect(description).toContain("userinfo.Zo<U+00EB>'s 'claim' <U+005C> <U+1F388><U+000D><U+000A>");
  });

  it('in a body', async () => {
    const { json } = await platform.post('/par', words(), 'heatlens');
    expect(json['error']).toBe('invalid_request');
    expect(json['error_description']).toMatch(descriptionGrammar);
  });
});
