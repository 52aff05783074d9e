import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { growthOf } from '../../../jwt/src/testing-parts/growth.ts';
import { isLong, seed } from '../../../jwt/src/testing-parts/series.ts';
import { findChallengeFaults, parseChallenges } from './challenge.ts';

const one = (scheme: string, parameters = {}, more = {}) => ({
  scheme,
  parameters,
  repeated: [],
  ...more,
});

describe('the header WWW-Authenticate (RFC 9110 §11.6.1)', () => {
  it.each([
    ['Bearer', [one('bearer')]],
    ['Bearer realm="api"', [one('bearer', { realm: 'api' })]],
    ['bEaReR Realm = api', [one('bearer', { realm: 'api' })]],
    [
      'Bearer error="invalid_token", scope="a b"',
      [one('bearer', { error: 'invalid_token', scope: 'a b' })],
    ],
    ['Bearer realm="a, Basic realm=b"', [one('bearer', { realm: 'a, Basic realm=b' })]],
    ['Bearer realm="say \\"hi\\" \\\\"', [one('bearer', { realm: 'say "hi" \\' })]],
    ['Negotiate dG9rZW4=, Bearer', [one('negotiate', {}, { token68: 'dG9rZW4=' }), one('bearer')]],
    ['Negotiate, Basic realm="x"', [one('negotiate'), one('basic', { realm: 'x' })]],
    [
      'Bearer realm="a", error="invalid_token", DPoP algs="ES256", ApiKey',
      [
        one('bearer', { realm: 'a', error: 'invalid_token' }),
        one('dpop', { algs: 'ES256' }),
        one('apikey'),
      ],
    ],
    [
      'Basic realm="x", charset="UTF-8", Bearer',
      [one('basic', { realm: 'x', charset: 'UTF-8' }), one('bearer')],
    ],
    [', ,Bearer realm=a , ,', [one('bearer', { realm: 'a' })]],
    ['Bearer realm="a",,error="x"', [one('bearer', { realm: 'a', error: 'x' })]],
    [
      'Newauth realm="apps", type=1, title="Login to \\"apps\\"", Basic realm="simple"',
      [
        one('newauth', { realm: 'apps', type: '1', title: 'Login to "apps"' }),
        one('basic', { realm: 'simple' }),
      ],
    ],
    ['', []],
  ])('is parsed in this form: %s', (field, challenges) => {
    expect(parseChallenges([field])).toEqual(challenges);
  });

  it('in several fields is one list', () => {
    expect(parseChallenges(['Basic realm="x"', 'Bearer'])).toEqual([
      one('basic', { realm: 'x' }),
      one('bearer'),
    ]);
  });

  it.each([
    'Bearer realm="open',
    'Bearer realm="a" error="b"',
    'Bearer =x',
    'Bearer realm=a b',
    '"Bearer"',
    'Bearer realm="a\u0001"',
    'Bearer: realm="a"',
    '{"error":"invalid_token"}',
    'Bearer realm="a"; error="b"',
  ])('that cannot be parsed is reported as such: %j', (field) => {
    expect(parseChallenges([field])).toBeUndefined();
    expect(parseChallenges(['Bearer', field])).toBeUndefined();
  });

  it('with parameters that came twice is reported, and the first value counts', () => {
    expect(parseChallenges(['Bearer error="a", ERROR="b"'])).toEqual([
      one('bearer', { error: 'a' }, { repeated: ['error'] }),
    ]);
  });

  it('cannot set a member that each JavaScript object has', () => {
    expect(parseChallenges(['Bearer constructor=x, __proto__=y'])?.[0]?.repeated).toEqual([]);
  });

  it.runIf(isLong).each(['a=', ', ', '\\"', 'a ', '= ', 'Bearer a=b,', '\t', '""'])(
    'with many of %j is parsed in linear time',
    (part) => {
      for (const opening of ['Bearer ', 'Bearer a="']) {
        const make = (length: number) => [opening + part.repeat(length)];
        expect(growthOf(make, parseChallenges, 2000)).toBeLessThan(200);
      }
    },
  );

  it('is parsed back to the list from which it was written', () => {
    const word = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,8}$/);
    const value = fc.stringMatching(/^[\t -~]{0,12}$/);
    const challenge = fc.tuple(word, fc.dictionary(word, value, { minKeys: 1, maxKeys: 4 }));
    fc.assert(
      fc.property(fc.array(challenge, { minLength: 1, maxLength: 4 }), (list) => {
        const lower = list.map(
          ([scheme, parameters]) =>
            [
              scheme.toLowerCase(),
              Object.fromEntries(
                Object.entries(parameters).map(([name, text]) => [name.toLowerCase(), text]),
              ),
            ] as const,
        );
        const quote = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;
        const field = lower
          .map(
            ([scheme, parameters]) =>
              `${scheme} ${Object.entries(parameters)
                .map(([name, text]) => `${name}=${quote(text)}`)
                .join(', ')}`,
          )
          .join(', ');
        const read = parseChallenges([field])?.map(({ scheme, parameters }) => [
          scheme,
          { ...parameters },
        ]);
        expect(read).toEqual(lower.map(([scheme, parameters]) => [scheme, parameters]));
      }),
      { seed },
    );
  });
});

describe('the form of a Bearer challenge (RFC 6750 §3)', () => {
  const faultsOf = (field: string) => parseChallenges([field])?.flatMap(findChallengeFaults);

  it('is valid', () => {
    expect(
      faultsOf('Bearer error="invalid_token", error_description="It’s over"'.replace('’', "'")),
    ).toEqual([]);
    expect(faultsOf('Digest qop="a", nonce="\\""')).toEqual([]);
  });

  it.each([
    'Bearer error="a", error="a"',
    'Bearer error="a\\"b"',
    'Bearer scope="a  b"',
    'Bearer scope=""',
    'Bearer error_description="\u00e4"',
  ])('is invalid: %s', (field) => {
    expect(faultsOf(field)).toHaveLength(1);
  });
});
