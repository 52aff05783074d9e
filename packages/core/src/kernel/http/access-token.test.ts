import { describe, expect, it } from 'vitest';
import { OAuthError } from '../../model/errors.ts';
import { readTokenHeader, type ShownToken } from './access-token.ts';

function read(authorization?: string): ShownToken | string | undefined {
  const headers = authorization === undefined ? {} : { authorization };
  try {
    return readTokenHeader({
      method: 'GET',
      path: '/',
      query: '',
      headers,
      body: '',
      remoteAddress: '',
    });
  } catch (error) {
    return error instanceof OAuthError ? error.reason : String(error);
  }
}

describe('the access token of the Authorization header', () => {
  it('comes with one of two schemes, in upper or lower case (RFC 9110 §11.1)', () => {
    for (const scheme of ['Bearer', 'bearer', 'BEARER'])
      expect(read(`${scheme} a.b-c_d~e+f/g==`)).toEqual({
        scheme: 'Bearer',
        token: 'a.b-c_d~e+f/g==',
      });
    for (const scheme of ['DPoP', 'dpop', 'DPOP'])
      expect(read(`${scheme}   abc `)).toEqual({ scheme: 'DPoP', token: 'abc' });
  });

  it('is missing without the header and with another scheme', () => {
    expect(read()).toBeUndefined();
    for (const other of ['Basic YTpi', 'ApiKey x', 'Bearers x', 'DPoPs x', '', 'x'])
      expect(read(other)).toBe('token_missing');
  });

  it('is malformed where the text is no token (RFC 6750 §2.1)', () => {
    for (const scheme of ['Bearer', 'DPoP'])
      for (const rest of ['', ' ', ' a b', ' a,b', ' a"b', ' é', ' ='])
        expect(read(scheme + rest)).toBe('token_malformed');
  });
});
