/** Conditions that must hold when many callers make the same request at the same moment. */
import * as oauth from 'oauth4webapi';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Cast } from './cast.ts';
import {
  obtainCode,
  obtainTokens,
  type Party,
  partyOf,
  readError,
  redeem,
  refresh,
} from './oauth4webapi-calls.ts';
import { Visitor } from './visitor.ts';

export function describeRaces(cast: () => Cast): void {
  describe('in parallel', () => {
    let server: oauth.AuthorizationServer;
    let party: Party;
    let visitor: Visitor;

    beforeAll(async () => {
      const issuer = new URL(cast().demo.issuer);
      server = await oauth
        .discoveryRequest(issuer, { [oauth.allowInsecureRequests]: true })
        .then((response) => oauth.processDiscoveryResponse(issuer, response));
      party = partyOf(cast().app);
      visitor = new Visitor(cast().demo.issuer);
    });

    it('one code redeemed 50 times gives one success, and what it gave has ended', async () => {
      const code = await obtainCode(cast(), server, visitor);
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => redeem(server, party, code)),
      );
      const successes = answers.filter(({ status }) => status === 200);
      const failures = answers.filter(({ status }) => status !== 200);
      expect(successes).toHaveLength(1);
      expect(
        new Set((await Promise.all(failures.map(readError))).map(({ error }) => error)),
      ).toEqual(new Set(['invalid_grant']));
      const { refresh_token: token } = (await (successes[0] as Response).json()) as Refreshed;
      expect(await readError(await refresh(server, party, token))).toMatchObject({
        error: 'invalid_grant',
      });
    });

    it('one refresh token used 20 times gives one living successor, and the family goes on', async () => {
      const tokens = await obtainTokens(cast(), server, party, visitor);
      const use = () => refresh(server, party, tokens.refresh_token ?? '');
      const answers = await Promise.all(Array.from({ length: 20 }, use));
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
      const bodies = await Promise.all(
        answers.map((answer) => answer.json() as Promise<Refreshed>),
      );
      const successors = new Set(bodies.map((body) => body.refresh_token));
      expect(successors.size).toBe(1);
      const [successor = ''] = successors;
      const next = await refresh(server, party, successor);
      expect(next.status).toBe(200);
      const { refresh_token: third } = (await next.json()) as Refreshed;
      expect((await refresh(server, party, third)).status).toBe(200);
    });

    it('a spent refresh token whose successor was used is theft, and ends the family', async () => {
      const tokens = await obtainTokens(cast(), server, party, visitor);
      const first = tokens.refresh_token ?? '';
      const { refresh_token: second } = (await (
        await refresh(server, party, first)
      ).json()) as Refreshed;
      const { refresh_token: third } = (await (
        await refresh(server, party, second)
      ).json()) as Refreshed;
      expect(await readError(await refresh(server, party, first))).toMatchObject({
        error: 'invalid_grant',
      });
      expect(await readError(await refresh(server, party, third))).toMatchObject({
        error: 'invalid_grant',
      });
    });
  });
}

interface Refreshed {
  readonly refresh_token: string;
}
