import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seed } from '../../../../jwt/src/testing-parts/series.ts';
import { OAuthError } from '../../model/errors.ts';
import { parseParameters } from './parameters.ts';

describe('the parser of form parameters', () => {
  it('parses what URLSearchParams writes', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string({ minLength: 1, unit: 'grapheme' }),
          fc.string({ minLength: 1, unit: 'grapheme' }),
        ),
        (words) => {
          fc.pre(!JSON.stringify(words).includes('\\u0000'));
          const parameters = parseParameters(new URLSearchParams(words).toString(), []);
          for (const [name, value] of Object.entries(words))
            expect(parameters.get(name)).toBe(value);
        },
      ),
      { seed, numRuns: 2000 },
    );
  });

  it('returns parameters or throws an OAuthError for any text, and no other error', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[%&=+a0f]*$/)),
        (text) => {
          try {
            parseParameters(text);
          } catch (error) {
            expect(error).toBeInstanceOf(OAuthError);
          }
        },
      ),
      { seed, numRuns: 20_000 },
    );
  });

  it('refuses a repeated name, except for names that may be repeated', () => {
    const parameters = parseParameters('a=1&a=2&resource=x&resource=y&b=1&__proto__=z');
    expect([...parameters.repeated]).toEqual(['a']);
    expect(parameters.all('resource')).toEqual(['x', 'y']);
    expect(parameters.get('__proto__')).toBe('z');
    expect(parameters.get('constructor')).toBeUndefined();
  });

  it('decodes names first: %61 is the name a', () => {
    expect([...parseParameters('a=1&%61=2').repeated]).toEqual(['a']);
  });

  it('takes a repeated empty value as absent (RFC 6749 §3.1)', () => {
    expect(parseParameters('a=&a=1').get('a')).toBe('1');
  });

  it('needs linear time for a parameter of a megabyte', () => {
    const text = `scope=${'x%20'.repeat(250_000)}`;
    expect(parseParameters(text).get('scope')).toHaveLength(500_000);
  });
});
