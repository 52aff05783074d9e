import { expect, it } from 'vitest';
import { answerConditionally } from './conditional.ts';

const document = { body: 'b', contentType: 'text/plain', etag: '"abc"', cacheControl: 'no-cache' };

function ask(header: string | undefined) {
  const headers = { 'if-none-match': header };
  return answerConditionally(
    { method: 'GET', path: '/', query: '', headers, body: '', remoteAddress: '' },
    document,
  );
}

it.each(['"abc"', 'W/"abc"', '"x", "abc"', ' "abc" ,"y"', '*', '"x",W/"abc"'])(
  'a request with If-None-Match: %s gets 304 without a body, with the tag (RFC 9110 §13.1.2)',
  (header) => {
    expect(ask(header)).toEqual({
      status: 304,
      headers: { etag: '"abc"', 'cache-control': 'no-cache' },
      body: '',
    });
  },
);

it.each([undefined, '', '"ab"', 'abc', '"abcd"', 'w/"abc"', '**', '"*"'])(
  'a request with If-None-Match: %s gets the document',
  (header) => {
    expect(ask(header)).toMatchObject({ status: 200, body: 'b', headers: { etag: '"abc"' } });
  },
);
