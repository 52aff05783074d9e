/**
 * Keys that rotate, disappear and return while an API is called: no valid token is refused as
 * invalid, and no invalid one is accepted. The issuer is oidc-provider, where a key can be replaced
 * without notice. In the last part it is Keywright, killed.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { type LocalSigningKey, signJwtSync } from '@keywright/jwt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isLong } from '../packages/jwt/src/testing-parts/series.ts';
import { audience, otherAudience, scope } from './issuers/foreign-issuer.ts';
import { type Asked, type GuardedApi, startGuardedApi } from './issuers/guarded-api.ts';
import { startKeywright } from './issuers/keywright.ts';
import { type OidcProvider, startOidcProvider } from './issuers/oidc-provider.ts';

describe('the keys of oidc-provider, which rotate while an API is called,', () => {
  let issuer: OidcProvider;
  let api: GuardedApi;
  beforeAll(async () => {
    issuer = await startOidcProvider('ES256');
    api = await startGuardedApi(issuer.issuer);
  });
  afterAll(async () => {
    api.stop();
    await issuer.stop();
  });

  const call = async () => (await api.ask(await issuer.serviceToken())).status;
  const callTen = async () => {
    const statuses: number[] = [];
    for (let n = 0; n < 10; n += 1) statuses.push(await call());
    return statuses;
  };
  const allTaken = Array.from({ length: 10 }, () => 200);

  it('may be published before their use: each call is accepted before, during and after', async () => {
    expect(await callTen()).toEqual(allTaken);
    await issuer.publishNewKey();
    expect(await callTen()).toEqual(allTaken);
    issuer.useNewKey();
    expect(await callTen()).toEqual(allTaken);
  });

  it('may be used without notice: the first token of a new key makes the guard fetch it once', async () => {
    await call();
    const before = issuer.keyRequests();
    await issuer.rotateAtOnce();
    const token = await issuer.serviceToken();
    const statuses = await Promise.all(
      Array.from({ length: 50 }, async () => (await api.ask(token)).status),
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(issuer.keyRequests()).toBe(before + 1);
  });

  it('may be used without notice while a caller invents key ids: no valid token is refused for it', async () => {
    const madeUp = () => api.ask(withKid(issuer, `made-up-${Math.random()}`));
    const before = issuer.keyRequests();
    expect((await madeUp()).status).toBe(401);
    await issuer.rotateAtOnce();
    const token = await issuer.serviceToken();
    const answers = await Promise.all([
      ...Array.from({ length: 20 }, madeUp),
      api.ask(token),
      api.ask(token),
    ]);
    expect(answers.slice(20).map(({ status }) => status)).toEqual([200, 200]);
    expect(new Set(answers.slice(0, 20).map(({ reason }) => reason))).toEqual(
      new Set(['token_signature_wrong']),
    );
    expect(issuer.keyRequests() - before).toBeLessThanOrEqual(3);
  });

  it('may be withdrawn: their tokens end with the next refresh', async () => {
    const former = await issuer.serviceToken();
    await issuer.rotateAtOnce();
    expect([await call(), (await api.ask(former)).status]).toEqual([200, 200]);
    issuer.dropOldKeys();
    // A refresh ahead of need, in the background.
    api.pass(299);
    await api.ask(former);
    await wait(200);
    expect(await api.ask(former)).toMatchObject({ status: 401, reason: 'token_signature_wrong' });
    expect(await call()).toBe(200);
  });
});

/** With a valid signature, under an unknown key id. */
function withKid(issuer: OidcProvider, kid: string): string {
  const { algorithm, privateKey } = issuer.signingKey() as LocalSigningKey;
  return sign(issuer, { kid, algorithm, privateKey });
}

function sign(
  issuer: OidcProvider,
  key: LocalSigningKey,
  changes: Readonly<Record<string, unknown>> = {},
): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: issuer.issuer,
    aud: audience,
    sub: 'a',
    client_id: 'a',
    scope,
    iat: now,
    exp: now + 600,
  };
  return signJwtSync(key, 'at+jwt', { ...claims, ...changes });
}

/** How much faster the guard's clock runs, so that keys grow old within seconds. */
const haste = 40;
const perSecond = 200;

interface Call {
  readonly kind: 'old key' | 'new key' | 'bad' | 'made-up key';
  readonly answer: Asked;
}

describe(`an API under ${perSecond} requests a second`, () => {
  it.runIf(isLong)(
    'gives no wrong answer while the keys cannot be reached, are rotated, and can be reached again',
    async () => {
      const issuer = await startOidcProvider('ES256');
      const startedAt = Date.now();
      const api = await startGuardedApi(issuer.issuer, {
        clock: () => startedAt + (Date.now() - startedAt) * haste,
      });
      const calls: Promise<Call>[] = [];
      const former = issuer.signingKey() as LocalSigningKey;
      const oldTokens = await Promise.all(Array.from({ length: 20 }, () => issuer.serviceToken()));
      let newTokens: readonly string[] = [];

      const send = (kind: Call['kind'], token: string) => {
        calls.push(api.ask(token).then((answer) => ({ kind, answer })));
      };
      let sent = 0;
      const sendOne = () => {
        const n = (sent += 1);
        if (n % 20 === 0) return send('made-up key', withKid(issuer, `made-up-${n}`));
        if (n % 4 === 0) return send('bad', badToken(issuer, former, n));
        if (n % 2 === 0 && newTokens.length > 0)
          return send('new key', newTokens[n % newTokens.length] ?? '');
        return send('old key', oldTokens[n % oldTokens.length] ?? '');
      };
      const load = async (seconds: number) => {
        const until = performance.now() + seconds * 1000;
        for (let slot = performance.now(); slot < until; slot += 50) {
          for (let n = 0; n < perSecond / 20; n += 1) sendOne();
          await wait(Math.max(0, slot + 50 - performance.now()));
        }
      };

      await load(1);
      issuer.setKeysReachable(false);
      await load(1.5);
      await issuer.rotateAtOnce();
      newTokens = await Promise.all(Array.from({ length: 10 }, () => issuer.serviceToken()));
      await load(1.5);
      issuer.setKeysReachable(true);
      await load(2.5);
      const answers = await Promise.all(calls);
      api.stop();
      await issuer.stop();

      const statuses = (kind: Call['kind']) =>
        new Set(answers.filter((call) => call.kind === kind).map(({ answer }) => answer.status));
      expect(statuses('old key')).toEqual(new Set([200]));
      // An invalid token of a cached key is refused without a request, also in an outage.
      expect(statuses('bad')).toEqual(new Set([401]));
      // A token of a key that cannot be fetched is neither valid nor invalid, until the key can be
      // fetched.
      expect(statuses('new key')).toEqual(new Set([200, 503]));
      expect(statuses('made-up key')).toEqual(new Set([401, 503]));
      const last = answers.filter(({ kind }) => kind === 'new key').slice(-50);
      expect(last.filter(({ answer }) => answer.status !== 200)).toEqual([]);
      const reasons = new Set(answers.map(({ answer }) => answer.reason));
      expect(reasons).toEqual(
        new Set([
          undefined,
          'keys_unavailable',
          'token_audience_wrong',
          'token_expired',
          'token_issuer_wrong',
          'token_signature_wrong',
        ]),
      );
    },
    30_000,
  );
});

/** Four kinds in turn. */
function badToken(issuer: OidcProvider, key: LocalSigningKey, n: number): string {
  const kinds = [
    () => sign(issuer, key, { exp: 1 }),
    () => sign(issuer, key, { aud: otherAudience }),
    () => sign(issuer, key, { iss: 'https://attacker.example' }),
    () => `${sign(issuer, key, { jti: String(n) }).slice(0, -8)}AAAAAAAA`,
  ];
  return kinds[(n / 4) % kinds.length]?.() ?? '';
}

describe('an API whose authorization server is gone', () => {
  it('accepts valid tokens for as long as keys are valid, and then says that it cannot decide', async () => {
    const issuer = await startKeywright();
    const keysStaleSeconds = 120;
    const api = await startGuardedApi({ issuer: issuer.issuer, keysStaleSeconds });
    const tokens = await Promise.all(Array.from({ length: 3 }, () => issuer.serviceToken()));
    const [known = '', unused = '', late = ''] = tokens;
    expect((await api.ask(known)).status).toBe(200);
    await issuer.kill();
    expect((await api.ask(known)).status).toBe(200);
    expect((await api.ask(unused)).status).toBe(200);
    api.pass(keysStaleSeconds - 10);
    expect((await api.ask(known)).status).toBe(200);
    expect((await api.ask(late)).status).toBe(200);
    expect(await api.ask(`${late.slice(0, -8)}AAAAAAAA`)).toMatchObject({ status: 401 });
    api.pass(11);
    for (const token of tokens) {
      expect(await api.ask(token)).toMatchObject({
        status: 503,
        reason: 'keys_unavailable',
        challenge: null,
      });
    }
    expect(api.failures.length).toBeGreaterThan(0);
    api.stop();
    await issuer.stop();
  });

  it.runIf(isLong)('keeps the keys for a day by default: tokens expire before that', async () => {
    const issuer = await startKeywright();
    const api = await startGuardedApi(issuer.issuer);
    const token = await issuer.serviceToken();
    expect((await api.ask(token)).status).toBe(200);
    await issuer.kill();
    const { exp = 0, iat = 0 } = JSON.parse(
      Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'),
    ) as { readonly exp?: number; readonly iat?: number };
    api.pass(exp - iat - 10);
    expect((await api.ask(token)).status).toBe(200);
    api.pass(20);
    expect(await api.ask(token)).toMatchObject({ status: 401, reason: 'token_expired' });
    api.stop();
    await issuer.stop();
  });
});
