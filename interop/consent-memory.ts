/**
 * The server remembers what a user agreed to and what they declined. Each counts until the user
 * decides otherwise.
 */
import * as openid from 'openid-client';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Cast } from './cast.ts';
import { takeBackEverything } from './connections.ts';
import { authorization, connect, discover } from './openid-client.ts';
import { Visitor } from './visitor.ts';

const optional = 'measurements:read';

export function describeConsentMemory(cast: () => Cast): void {
  describe('consent', () => {
    let app: openid.Configuration;
    let visitor: Visitor;

    beforeAll(async () => {
      app = await discover(cast(), cast().app);
      visitor = new Visitor(cast().demo.issuer);
    });
    beforeEach(() => takeBackEverything(cast().demo.issuer, cast().owner));

    /** The scopes that the application gets. */
    async function agree(extra: Readonly<Record<string, string>>, untick: readonly string[]) {
      const { address, checks } = await authorization(cast(), app, extra);
      const back = await visitor.authorize(address, cast().owner, { untick });
      const tokens = await openid.authorizationCodeGrant(app, back, checks);
      return { tokens, scopes: tokens.scope?.split(' ') ?? [] };
    }

    it('is not asked for again, whether a scope was allowed or unticked', async () => {
      const { scopes } = await agree({}, [optional]);
      expect(scopes).not.toContain(optional);
      const { address } = await authorization(cast(), app);
      const arrival = await visitor.go(address);
      expect(arrival.kind).toBe('left');
      expect((await connect(cast(), app, visitor)).tokens.scope?.split(' ')).not.toContain(
        optional,
      );
    });

    it('is asked for again when the application wants more than before', async () => {
      await agree({ scope: 'openid buildings:read' }, []);
      const { address } = await authorization(cast(), app);
      expect((await visitor.go(address)).kind).toBe('page');
    });

    it('gives what was unticked once the person ticks it when asked again', async () => {
      await agree({}, [optional]);
      expect((await agree({ prompt: 'consent' }, [])).scopes).toContain(optional);
      expect((await connect(cast(), app, visitor)).tokens.scope?.split(' ')).toContain(optional);
    });

    it('does not give again in silence what the person unticked the last time they were asked', async () => {
      await agree({}, []);
      expect((await agree({ prompt: 'consent' }, [optional])).scopes).not.toContain(optional);
      expect((await connect(cast(), app, visitor)).tokens.scope?.split(' ')).not.toContain(
        optional,
      );
    });

    it('ends with everything it gave: refresh, userinfo and introspection say so', async () => {
      const { tokens } = await agree({}, []);
      await takeBackEverything(cast().demo.issuer, cast().owner);
      await expect(openid.refreshTokenGrant(app, tokens.refresh_token ?? '')).rejects.toMatchObject(
        {
          error: 'invalid_grant',
        },
      );
      const userinfo = openid.fetchUserInfo(app, tokens.access_token, tokens.claims()?.sub ?? '');
      await expect(userinfo).rejects.toMatchObject({ status: 401 });
      const api = await discover(cast(), cast().introspector);
      expect(await openid.tokenIntrospection(api, tokens.access_token)).toEqual({ active: false });
    });

    it('counts once: a form sent ten times at once gives one code', async () => {
      const { address } = await authorization(cast(), app);
      const arrival = await visitor.go(address);
      if (arrival.kind !== 'page') throw new Error('not asked');
      const { page } = arrival;
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => visitor.press(page, 'allow')),
      );
      expect(answers.filter(({ kind }) => kind === 'left')).toHaveLength(1);
    });

    it('cannot be given with a form that was shown to somebody else', async () => {
      const { address } = await authorization(cast(), app);
      const arrival = await visitor.go(address);
      if (arrival.kind !== 'page') throw new Error('not asked');
      const answer = await new Visitor(cast().demo.issuer).press(arrival.page, 'allow');
      expect(answer.kind).toBe('page');
    });
  });
}
