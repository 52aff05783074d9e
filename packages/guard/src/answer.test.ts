import { JwtError } from '@keywright/jwt';
import { describe, expect, it } from 'vitest';
import { asRefusal, renderRefusal } from './answer.ts';
import { GuardRefusal } from './guard-refusal.ts';

const challenger = { realm: 'urn:api', resourceMetadata: undefined, dpop: 'taken' } as const;
const render = (refused: GuardRefusal) =>
  renderRefusal(refused, challenger, { used: 'Bearer', apiKeys: false }, 'dec_1');

describe('the answer to a refused request', () => {
  it.each([
    ['status_unavailable', 503, '5'],
    ['token_ended', 401, undefined],
    ['scope_insufficient', 403, undefined],
    ['fault', 500, undefined],
  ] as const)('says when to try again only if that helps: %s', (reason, status, seconds) => {
    const answer = render(new GuardRefusal(reason));
    expect([answer.status, answer.headers['retry-after']]).toEqual([status, seconds]);
  });

  it('names the scopes that the route needs, whatever is wrong with the token (RFC 6750 §3)', () => {
    const refused = asRefusal(new JwtError('token_expired', 'a note'), 'a b');
    expect(refused).toMatchObject({
      reason: 'token_expired',
      detail: { note: 'a note', scope: 'a b' },
    });
    expect(asRefusal(new JwtError('token_expired'), undefined).detail).not.toHaveProperty('scope');
  });
});
