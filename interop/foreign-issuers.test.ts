/**
 * The guard of an API, with tokens of independent authorization servers: oidc-provider and Better
 * Auth, alone, and both together with Keywright.
 */
import { signJwtSync, type LocalSigningKey } from '@keywright/jwt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBetterAuth } from './issuers/better-auth.ts';
import { audience, type ForeignIssuer, otherAudience, scope } from './issuers/foreign-issuer.ts';
import { type GuardedApi, startGuardedApi } from './issuers/guarded-api.ts';
import { startKeywright } from './issuers/keywright.ts';
import { type OidcProvider, startOidcProvider } from './issuers/oidc-provider.ts';

const starts: readonly (readonly [string, () => Promise<ForeignIssuer>])[] = [
  ['oidc-provider, ES256', () => startOidcProvider('ES256')],
  ['oidc-provider, RS256', () => startOidcProvider('RS256')],
  ['oidc-provider, PS256', () => startOidcProvider('PS256')],
  ['oidc-provider, EdDSA', () => startOidcProvider('EdDSA')],
  ['Better Auth', startBetterAuth],
  ['Keywright', startKeywright],
];

describe.each(starts)('at the guard, access tokens of %s', (_name, start) => {
  let issuer: ForeignIssuer;
  let api: GuardedApi;
  beforeAll(async () => {
    issuer = await start();
    api = await startGuardedApi(issuer.issuer);
  });
  afterAll(async () => {
    api.stop();
    await issuer.stop();
  });

  it('of a service are accepted', async () => {
    const { status, caller } = await api.ask(await issuer.serviceToken());
    expect([status, caller]).toMatchObject([
      200,
      {
        kind: 'service',
        issuer: issuer.issuer,
        subject: issuer.serviceId,
        clientId: issuer.serviceId,
        scopes: [scope],
      },
    ]);
  });

  it('of a user are accepted, and the ID token and refresh token are not', async () => {
    const { accessToken, idToken, refreshToken, subject } = await issuer.userTokens();
    const { status, caller } = await api.ask(accessToken);
    expect([status, caller]).toMatchObject([200, { kind: 'user', issuer: issuer.issuer, subject }]);
    expect(await api.ask(idToken)).toMatchObject({ status: 401, reason: 'token_type_wrong' });
    expect(refreshToken).toBeTruthy();
    expect(await api.ask(refreshToken ?? '')).toMatchObject({
      status: 401,
      reason: 'token_malformed',
    });
  });

  it('for another API are refused', async () => {
    const token = await issuer.serviceToken(otherAudience);
    expect(await api.ask(token)).toMatchObject({ status: 401, reason: 'token_audience_wrong' });
  });

  it('are refused with one bit changed, or by a guard that trusts another issuer', async () => {
    const token = await issuer.serviceToken();
    const at = token.length - 20;
    const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
    expect(await api.ask(token)).toMatchObject({ status: 200 });
    expect(await api.ask(changed)).toMatchObject({ status: 401, reason: 'token_signature_wrong' });
    const other = await startGuardedApi(`${issuer.issuer}/other`);
    expect(await other.ask(token)).toMatchObject({ status: 401, reason: 'token_issuer_wrong' });
    expect(other.failures).toEqual([]);
    other.stop();
  });

  it('are refused after they expire, although they were accepted before', async () => {
    const token = await issuer.serviceToken();
    for (let n = 0; n < 3; n += 1) expect((await api.ask(token)).status).toBe(200);
    api.pass(3700);
    expect(await api.ask(token)).toMatchObject({
      status: 401,
      reason: 'token_expired',
      challenge: expect.stringContaining('error="invalid_token"') as unknown,
    });
  });
});

describe('three issuers at one API', () => {
  let oidc: OidcProvider;
  let betterAuth: ForeignIssuer;
  let keywright: ForeignIssuer;
  let api: GuardedApi;
  const all = () => [oidc, betterAuth, keywright];

  beforeAll(async () => {
    [oidc, betterAuth, keywright] = await Promise.all([
      startOidcProvider('ES256'),
      startBetterAuth(),
      startKeywright(),
    ]);
    api = await startGuardedApi(all().map(({ issuer }) => issuer));
  });
  afterAll(async () => {
    api.stop();
    await Promise.all(all().map((issuer) => issuer.stop()));
  });

  it('are distinguished: each caller belongs to the issuer that signed', async () => {
    const tokens = await Promise.all(all().map((issuer) => issuer.serviceToken()));
    for (let round = 0; round < 3; round += 1) {
      const answers = await Promise.all(tokens.map((token) => api.ask(token)));
      expect(answers.map(({ caller }) => caller?.['issuer'])).toEqual(
        all().map(({ issuer }) => issuer),
      );
    }
  });

  it('have separate users: one subject at two issuers is two callers', async () => {
    const claims = await claimsFor(oidc);
    const subject = 'the-same-name';
    const answers = await Promise.all(
      [oidc, betterAuth].map((one) =>
        api.ask(sign(one.signingKey(), { ...claims, iss: one.issuer, sub: subject })),
      ),
    );
    expect(answers.map(({ caller }) => [caller?.['issuer'], caller?.['subject']])).toEqual([
      [oidc.issuer, subject],
      [betterAuth.issuer, subject],
    ]);
  });

  it('cannot sign for each other, with any kid and iss', async () => {
    for (const [one, other] of pairs(all())) {
      const claims = await claimsFor(one);
      const key = one.signingKey();
      if (key === undefined) continue;
      const otherKid = headerOf(await other.serviceToken())['kid'] as string;
      const forged = { ...claims, iss: other.issuer };
      const renamed = { ...key, kid: otherKid };
      const what = `${one.name} for ${other.name}`;
      expect((await api.ask(sign(key, claims))).status, `${one.name}, as a control`).toBe(200);
      const tokens = [sign(key, forged), sign(renamed, forged), sign(renamed, claims)];
      const answers = await Promise.all(tokens.map((token) => api.ask(token)));
      expect(
        answers.map(({ reason }) => reason),
        what,
      ).toEqual(tokens.map(() => 'token_signature_wrong'));
    }
  });

  it('are compared as a whole string, so a similar issuer is not trusted', async () => {
    const claims = await claimsFor(oidc);
    for (const iss of [
      `${oidc.issuer}/`,
      oidc.issuer.toUpperCase(),
      [oidc.issuer],
      undefined,
      '',
      `${oidc.issuer} ${betterAuth.issuer}`,
    ]) {
      const answer = await api.ask(sign(oidc.signingKey(), { ...claims, iss }));
      expect(answer, String(iss)).toMatchObject({ status: 401, reason: 'token_issuer_wrong' });
    }
  });

  it('are independent: while one cannot be reached, tokens of the others are accepted', async () => {
    const fresh = await startGuardedApi(all().map(({ issuer }) => issuer));
    const [fromOidc = '', ...rest] = await Promise.all(
      all().map((issuer) => issuer.serviceToken()),
    );
    oidc.setReachable(false);
    try {
      const answers = await Promise.all([fromOidc, ...rest].map((token) => fresh.ask(token)));
      expect(answers.map(({ status }) => status)).toEqual([503, 200, 200]);
      expect(answers[0]?.reason).toBe('keys_unavailable');
    } finally {
      oidc.setReachable(true);
    }
    fresh.pass(1);
    expect((await fresh.ask(fromOidc)).status).toBe(200);
    fresh.stop();
  });

  it('cannot be replaced by a server that publishes the name of another (RFC 8414 §3.3)', async () => {
    const liar = await startOidcProvider('ES256');
    const honest = new URL(oidc.issuer);
    const lying = `${liar.issuer}/`;
    const trusting = await startGuardedApi(lying);
    const claims = await claimsFor(liar);
    const answer = await trusting.ask(sign(liar.signingKey(), { ...claims, iss: lying }));
    expect(answer).toMatchObject({ status: 503, reason: 'keys_unavailable' });
    expect(trusting.failures).not.toEqual([]);
    expect(honest.origin).not.toBe(liar.issuer);
    trusting.stop();
    await liar.stop();
  });
});

describe('opaque tokens of oidc-provider, which the guard introspects,', () => {
  const cacheSeconds = 5;
  let issuer: OidcProvider;
  let api: GuardedApi;
  beforeAll(async () => {
    issuer = await startOidcProvider('ES256');
    api = await startIntrospecting();
  });
  afterAll(async () => {
    api.stop();
    await issuer.stop();
  });

  const startIntrospecting = (secret = issuer.apiClient.secret) =>
    startGuardedApi({
      issuer: issuer.issuer,
      client: { id: issuer.apiClient.id, secret },
      introspect: { cacheSeconds, dangerouslyTakeMissingSubjectAsClient: true },
    });

  it('are accepted, and JWTs are accepted without introspection', async () => {
    const token = await issuer.opaqueToken();
    expect(token).not.toContain('.');
    expect(await api.ask(token)).toMatchObject({
      status: 200,
      caller: {
        kind: 'service',
        issuer: issuer.issuer,
        clientId: issuer.serviceId,
        scopes: [scope],
      },
    });
    const before = issuer.introspections();
    expect((await api.ask(await issuer.serviceToken())).status).toBe(200);
    expect(issuer.introspections()).toBe(before);
  });

  it('are introspected once in the configured time, and refused after it when they were revoked', async () => {
    const token = await issuer.opaqueToken();
    const before = issuer.introspections();
    for (let n = 0; n < 5; n += 1) expect((await api.ask(token)).status).toBe(200);
    expect(issuer.introspections()).toBe(before + 1);
    await issuer.revoke(token);
    expect((await api.ask(token)).status).toBe(200);
    api.pass(cacheSeconds);
    expect(await api.ask(token)).toMatchObject({ status: 401, reason: 'token_inactive' });
  });

  it('are refused when they are for another API, invented, or refresh tokens', async () => {
    const other = await issuer.opaqueToken(otherAudience);
    expect(await api.ask(other)).toMatchObject({ status: 401, reason: 'token_audience_wrong' });
    expect(await api.ask('made-up')).toMatchObject({ status: 401, reason: 'token_inactive' });
    const { refreshToken = '' } = await issuer.userTokens();
    expect((await api.ask(refreshToken)).status).toBe(401);
  });

  it('are neither accepted nor refused while the issuer cannot be reached, except cached ones, which are accepted', async () => {
    const [known, unknown] = [await issuer.opaqueToken(), await issuer.opaqueToken()];
    expect((await api.ask(known)).status).toBe(200);
    issuer.setReachable(false);
    try {
      expect((await api.ask(known)).status).toBe(200);
      expect(await api.ask(unknown)).toMatchObject({
        status: 503,
        reason: 'introspection_unavailable',
      });
      api.pass(cacheSeconds);
      expect(await api.ask(known)).toMatchObject({
        status: 503,
        reason: 'introspection_unavailable',
      });
    } finally {
      issuer.setReachable(true);
    }
    expect((await api.ask(known)).status).toBe(200);
    expect((await api.ask(unknown)).status).toBe(200);
  });

  it('are not refused because of a wrong secret of the API itself, which is answered with 503', async () => {
    const misled = await startIntrospecting('not-the-secret');
    expect(await misled.ask(await issuer.opaqueToken())).toMatchObject({
      status: 503,
      reason: 'introspection_unavailable',
    });
    misled.stop();
  });
});

async function claimsFor(issuer: ForeignIssuer): Promise<Readonly<Record<string, unknown>>> {
  return partOf(await issuer.serviceToken(), 1);
}

const headerOf = (token: string) => partOf(token, 0);

function partOf(token: string, index: number): Readonly<Record<string, unknown>> {
  const text = Buffer.from(token.split('.')[index] ?? '', 'base64url').toString('utf8');
  return JSON.parse(text) as Record<string, unknown>;
}

function sign(key: LocalSigningKey | undefined, claims: Readonly<Record<string, unknown>>): string {
  if (key === undefined) throw new Error('this issuer keeps its key to itself');
  // The header is remembered by key object: a renamed one is a new object.
  return signJwtSync(key, 'at+jwt', { aud: audience, ...claims });
}

function pairs<T>(of: readonly T[]): readonly (readonly [T, T])[] {
  return of.flatMap((one) =>
    of.filter((other) => other !== one).map((other) => [one, other] as const),
  );
}
