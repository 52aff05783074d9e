/**
 * The data that applications get about users: ID tokens and userinfo by each algorithm and
 * encrypted, pairwise subjects, claims, and logout.
 */
import * as openid from 'openid-client';
import { describe, expect, it } from 'vitest';
import { Visitor } from '../visitor.ts';
import { openSealed } from './answers.ts';
import { ada, signatureAlgorithms } from './configuration.ts';
import { attempt, connect, discover, type Setting } from './setting.ts';

export function describePeople(get: () => Setting): void {
  describe('ID tokens and userinfo', () => {
    it.each(signatureAlgorithms)('are signed by %s, for the library to verify', async (alg) => {
      const app = await discover(get(), `signed-${alg}`, {
        id_token_signed_response_alg: alg,
        userinfo_signed_response_alg: alg,
      });
      const { tokens } = await connect(get(), app);
      const header = JSON.parse(
        Buffer.from(tokens.id_token ?? '', 'base64url')
          .toString()
          .split('}')[0] + '}',
      );
      expect(header).toMatchObject({ alg });
      const person = await openid.fetchUserInfo(
        app,
        tokens.access_token,
        tokens.claims()?.sub ?? '',
      );
      expect(person).toMatchObject({ email: ada.email, aud: `signed-${alg}`, iss: get().issuer });
    });

    it('are encrypted for an application that wants it, at a refresh too', async () => {
      const app = await openSealed(get());
      const { tokens } = await connect(get(), app);
      expect(tokens.id_token?.split('.')).toHaveLength(5);
      const next = await openid.refreshTokenGrant(app, tokens.refresh_token ?? '', {
        scope: 'openid email',
      });
      expect(next.claims()?.sub).toBe(tokens.claims()?.sub);
      const person = await openid.fetchUserInfo(app, next.access_token, tokens.claims()?.sub ?? '');
      expect(openid.getDecryptedResponses(person)?.split('.')).toHaveLength(3);
      expect(person.email).toBe(ada.email);
    });

    it('hold what the parameter claims asks for, and the age of the sign-in that max_age bounds', async () => {
      const app = await discover(get(), 'app');
      const { checks, parameters } = await attempt({
        scope: 'openid',
        max_age: '600',
        claims: JSON.stringify({
          id_token: { name: null },
          userinfo: { email: { essential: true } },
        }),
      });
      const back = await get().visitor.authorize(
        openid.buildAuthorizationUrl(app, parameters),
        ada,
      );
      const tokens = await openid.authorizationCodeGrant(app, back, { ...checks, maxAge: 600 });
      expect(tokens.claims()).toMatchObject({ name: 'Ada Byron', auth_time: expect.any(Number) });
      const person = await openid.fetchUserInfo(
        app,
        tokens.access_token,
        tokens.claims()?.sub ?? '',
      );
      expect(person).toEqual({ sub: tokens.claims()?.sub, email: ada.email });
    });

    it('know one person by another subject in each sector, and by the same one in each answer', async () => {
      const [one, two] = await Promise.all([
        discover(get(), 'pair-one'),
        discover(get(), 'pair-two'),
      ]);
      const first = await connect(get(), one);
      const other = await connect(get(), two, { redirect_uri: 'https://other.example/callback' });
      const subjects = [first, other].map(({ tokens }) => tokens.claims()?.sub ?? '');
      expect(new Set(subjects).size).toBe(2);
      const person = await openid.fetchUserInfo(one, first.tokens.access_token, subjects[0] ?? '');
      expect(person.email).toBe(ada.email);
    });
  });

  describe('signing out from the application', () => {
    it('ends the sign-in here, and leads back with the state', async () => {
      const setting = { ...get(), visitor: new Visitor(get().issuer) };
      const app = await discover(setting, 'app');
      const { tokens } = await connect(setting, app);
      const address = openid.buildEndSessionUrl(app, {
        id_token_hint: tokens.id_token ?? '',
        post_logout_redirect_uri: 'https://app.example/signed-out',
        state: 'a-state',
      });
      const arrival = await setting.visitor.go(address);
      expect(arrival).toMatchObject({ kind: 'left' });
      if (arrival.kind === 'left')
        expect(arrival.address.href).toBe('https://app.example/signed-out?state=a-state');
      const { checks, parameters } = await attempt({ prompt: 'none' });
      const back = await setting.visitor.go(openid.buildAuthorizationUrl(app, parameters));
      if (back.kind !== 'left') throw new Error('not sent back');
      await expect(openid.authorizationCodeGrant(app, back.address, checks)).rejects.toMatchObject({
        error: 'login_required',
      });
    });

    it('asks the person first where the application brings no ID token', async () => {
      const visitor = new Visitor(get().issuer);
      const setting = { ...get(), visitor };
      const app = await discover(setting, 'app');
      await connect(setting, app);
      const post_logout_redirect_uri = 'https://app.example/signed-out';
      const asked = await visitor.go(openid.buildEndSessionUrl(app, { post_logout_redirect_uri }));
      expect(asked.kind).toBe('page');
    });
  });
}
