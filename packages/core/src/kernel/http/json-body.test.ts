import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seed } from '../../../../jwt/src/testing-parts/series.ts';
import { OAuthError } from '../../model/errors.ts';
import { isJsonObject, memberOf, parseJsonBody } from './json-body.ts';
import type { HttpRequest } from './message.ts';

function requestWith(
  body: string,
  contentType: string | undefined = 'application/json',
): HttpRequest {
  const headers = { 'content-type': contentType };
  return { method: 'POST', path: '/', query: '', headers, body, remoteAddress: '192.0.2.1' };
}

function refusalOf(request: HttpRequest): string | undefined {
  try {
    parseJsonBody(request);
    return undefined;
  } catch (error) {
    if (error instanceof OAuthError) return error.reason;
    throw error;
  }
}

describe('the parser of JSON bodies', () => {
  it('returns each JSON value that is not nested too deeply', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 10 }), (value) => {
        const text = JSON.stringify(value);
        expect(parseJsonBody(requestWith(text))).toEqual(JSON.parse(text));
      }),
      { seed },
    );
  });

  it('accepts a charset with the content type, in upper or lower case, and no other type', () => {
    expect(refusalOf(requestWith('{}', 'Application/JSON; charset=utf-8'))).toBeUndefined();
    for (const type of ['text/json', 'application/jsonx', 'application/x-www-form-urlencoded', ''])
      expect(refusalOf(requestWith('{}', type))).toBe('content_type_wrong');
    expect(refusalOf({ ...requestWith('{}'), headers: {} })).toBe('content_type_wrong');
    expect(refusalOf(requestWith('{}', 'application/json, text/plain'))).toBe('content_type_wrong');
  });

  it.each(['', '{', '{"a":1}x', "{'a':1}", 'NaN', '\u{feff}{}', '[1,]', '"\u0001"', 'undefined'])(
    'refuses %j',
    (text) => {
      expect(refusalOf(requestWith(text))).toBe('body_malformed');
    },
  );

  it('refuses nesting deeper than sixteen levels, and ignores brackets in strings', () => {
    expect(refusalOf(requestWith('['.repeat(16) + ']'.repeat(16)))).toBeUndefined();
    expect(refusalOf(requestWith('['.repeat(17) + ']'.repeat(17)))).toBe('body_malformed');
    expect(refusalOf(requestWith(JSON.stringify('[{"\\'.repeat(1000))))).toBeUndefined();
    expect(refusalOf(requestWith('['.repeat(65_000)))).toBe('body_malformed');
  });

  it('refuses a body longer than 64 KiB', () => {
    expect(refusalOf(requestWith(JSON.stringify('x'.repeat(65_534))))).toBeUndefined();
    expect(refusalOf(requestWith(JSON.stringify('x'.repeat(65_535))))).toBe('body_malformed');
  });

  it('refuses an object with two members of one name, in any spelling (RFC 7493 §2.3)', () => {
    for (const text of [
      '{"a":1,"a":1}',
      '{"a":1,"\\u0061":2}',
      '[{"b":{"a":1,"a":2}}]',
      '{"__proto__":1,"__proto__":2}',
    ])
      expect(refusalOf(requestWith(text))).toBe('body_malformed');
    for (const text of ['{"a":{"a":1},"b":[{"a":1},{"a":1}]}', '{":":":","\\":":1}', '"{:a:}"'])
      expect(refusalOf(requestWith(text))).toBeUndefined();
  });

  it('returns only the object’s own members', () => {
    const body = parseJsonBody(requestWith('{"__proto__":{"admin":true},"a":1}'));
    if (!isJsonObject(body)) throw new Error('no object');
    expect(memberOf(body, 'a')).toBe(1);
    expect(memberOf(body, 'admin')).toBeUndefined();
    expect(memberOf(body, 'constructor')).toBeUndefined();
    expect(isJsonObject([])).toBe(false);
    expect(isJsonObject(null)).toBe(false);
  });
});
