import { describe, expect, it } from 'vitest';
import { findCredential } from './credentials.ts';
import { present } from './testing-parts/fixture.ts';

const taken = { queryToken: false, apiKeys: false };
const find = (headers: Readonly<Record<string, string>>, target: string) =>
  findCredential(present(headers, target), undefined, taken);

describe('the credential of a request', () => {
  it.each(['/?access_token=x', '/a?b=c&access_token=x'])(
    'is found in the query of %s',
    (target) => {
      expect(() => find({}, target)).toThrow(
        expect.objectContaining({ reason: 'token_in_query' }) as Error,
      );
    },
  );

  it.each(['access_token=x', '/a&access_token=x'])('is not looked for in a path: %s', (target) => {
    expect(find({}, target)).toBeUndefined();
  });

  it.each(['Bearer a, Basic b', 'Basic b, Bearer a', 'DPoP a, Bearer b'])(
    'counts as several if a header has a list with one of the accepted schemes: %s',
    (authorization) => {
      expect(() => find({ authorization }, '/')).toThrow(
        expect.objectContaining({ reason: 'token_twice' }) as Error,
      );
    },
  );
});
