import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toErrorDescription } from './error-description.ts';
import { refusals } from './refusals.ts';

/** RFC 6749 §5.2. */
const grammar = /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/;

describe('toErrorDescription', () => {
  it('has only characters of RFC 6749 §5.2, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 1200 }), (text) => {
        const description = toErrorDescription(text);
        expect(description).toMatch(grammar);
        expect(description.length).toBeLessThanOrEqual(1000);
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it.each([
    ['an apostrophe’s shape', "an apostrophe's shape"],
    ['“quoted” and "quoted"', "'quoted' and 'quoted'"],
    ['back\\slash', 'back<U+005C>slash'],
    ['line\r\nbreak', 'line<U+000D><U+000A>break'],
    ['Zoë 🎈', 'Zo<U+00EB> <U+1F388>'],
    ['half \ud83d of one', 'half <U+D83D> of one'],
    ['scope "a" §5', "scope 'a' <U+00A7>5"],
  ])('turns %j into %j', (text, description) => expect(toErrorDescription(text)).toBe(description));

  it('does not change a text of the catalogue, which the guard puts in challenges (RFC 6750 §3)', () => {
    for (const { text } of Object.values(refusals)) expect(toErrorDescription(text)).toBe(text);
  });
});
