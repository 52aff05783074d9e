import { describe, expect, it } from 'vitest';
import {
  audience,
  createStage,
  issuer,
  settle,
  signingKey,
  startedAt,
  strangeKey,
} from './testing-parts/issuer.ts';

const path = '/api-keys/manifest';

describe('the manifest of keys', () => {
  it('is fetched with the first key, for this API, with the form-encoded credentials of this API’s client', async () => {
    const stage = createStage();
    await settle();
    expect(stage.issuer.sent).toEqual([]);
    await stage.outcome(stage.issuer.issue().text);
    const [asked] = stage.issuer.asked(path);
    expect(asked?.url).toBe(`${issuer}/api-keys/manifest?audience=${encodeURIComponent(audience)}`);
    expect(asked?.headers?.['authorization']).toBe(
      `Basic ${Buffer.from('buildings+api:s%2Fc%3Ar%25t').toString('base64')}`,
    );
    expect(asked).toMatchObject({ accept: 'application/api-keys+jwt', maxBytes: 16 * 1024 * 1024 });
  });

  it('may have another address', async () => {
    const stage = createStage({ manifestUri: `${issuer}/api-keys/manifest?tenant=1` });
    await stage.outcome(stage.issuer.issue().text);
    expect(new URL(stage.issuer.asked(path)[0]!.url).search).toBe(
      '?tenant=1&audience=https%3A%2F%2Fapi.example',
    );
  });

  it('is fetched once for many keys, and answers later ones without a request', async () => {
    const stage = createStage();
    const keys = Array.from({ length: 100 }, () => stage.issuer.issue());
    const outcomes = await Promise.all(keys.map(({ text }) => stage.outcome(text)));
    expect(new Set(outcomes)).toEqual(new Set(['collector']));
    expect(stage.issuer.asked(path)).toHaveLength(1);
  });

  it('brings a revocation to an API within 3 s, with many calls or few', async () => {
    for (const quietSeconds of [0.5, 2.9, 3, 3600]) {
      const stage = createStage();
      const key = stage.issuer.issue();
      expect(await stage.outcome(key.text)).toBe('collector');
      stage.issuer.revoke(key);
      stage.issuer.pass(quietSeconds);
      const revokedAt = stage.issuer.now;
      let refusedAt: number | undefined;
      while (refusedAt === undefined) {
        if ((await stage.outcome(key.text)) === 'api_key_invalid') refusedAt = stage.issuer.now;
        else stage.issuer.pass(0.1);
        await settle();
      }
      expect(refusedAt - revokedAt, `after ${quietSeconds} s`).toBeLessThanOrEqual(3000);
    }
  });

  it('brings new scopes and networks too', async () => {
    const stage = createStage();
    const key = stage.issuer.issue();
    await stage.authenticate(key.text);
    stage.issuer.revoke(key);
    stage.issuer.keys.set('changed', {
      ...key,
      entry: { scope: 'none', networks: ['10.0.0.0/8'] },
    });
    stage.issuer.pass(3);
    expect(await stage.outcome(key.text)).toBe('api_key_network_forbidden');
    const caller = await stage.authenticate(key.text, { remoteAddress: '10.0.0.1' });
    expect([...caller.scopes]).toEqual(['none']);
  });

  it('has a new key at the latest 3 s after it was issued', async () => {
    const stage = createStage();
    await stage.outcome(stage.issuer.issue().text);
    const key = stage.issuer.issue();
    expect(await stage.outcome(key.text)).toBe('api_key_invalid');
    stage.issuer.pass(3);
    expect(await stage.outcome(key.text)).toBe('collector');
  });

  it('contains two keys of one service while one replaces the other', async () => {
    const stage = createStage();
    const [former, next] = [
      stage.issuer.issue({ exp: startedAt / 1000 + 3600 }),
      stage.issuer.issue(),
    ];
    expect([await stage.outcome(former.text), await stage.outcome(next.text)]).toEqual([
      'collector',
      'collector',
    ]);
    stage.issuer.pass(3600);
    expect([await stage.outcome(former.text), await stage.outcome(next.text)]).toEqual([
      'api_key_expired',
      'collector',
    ]);
  });
});

describe('an invalid manifest', () => {
  const seconds = startedAt / 1000;
  it.each<[string, Partial<ReturnType<typeof createStage>['issuer']>]>([
    ['signed with another key', { signer: strangeKey }],
    ['of another type', { manifestTyp: 'at+jwt' }],
    ['that is a status list', { manifestTyp: 'statuslist+jwt' }],
    ['of another issuer', { manifestClaims: { iss: 'https://other.example' } }],
    ['without an issuer', { manifestClaims: { iss: undefined } }],
    ['for another API', { manifestClaims: { aud: 'https://other.example' } }],
    ['for no API', { manifestClaims: { aud: undefined } }],
    ['past its end', { manifestClaims: { exp: seconds - 6 } }],
    ['without an end', { manifestClaims: { exp: undefined } }],
    ['without keys', { manifestClaims: { keys: undefined } }],
    ['whose keys are no list', { manifestClaims: { keys: {} } }],
    ['whose keys are null', { manifestClaims: { keys: [null] } }],
    ['with one id twice', { manifestClaims: { keys: [{ id: 'a' }, { id: 'a' }] } }],
  ])('is refused: %s', async (_name, change) => {
    const stage = createStage();
    Object.assign(stage.issuer, change);
    expect(await stage.outcome(stage.issuer.issue().text)).toBe('api_keys_unavailable');
    expect(stage.issuer.failures).toHaveLength(1);
  });

  it('does not replace a valid one', async () => {
    const stage = createStage();
    const key = stage.issuer.issue();
    await stage.outcome(key.text);
    const thief = stage.issuer.issue();
    stage.issuer.signer = strangeKey;
    stage.issuer.pass(3);
    expect(await stage.outcome(thief.text)).toBe('api_key_invalid');
    expect(await stage.outcome(key.text)).toBe('collector');
    stage.issuer.signer = signingKey;
  });
});

describe('an older manifest', () => {
  it('does not restore a revoked key, although its signature is valid', async () => {
    const stage = createStage();
    const key = stage.issuer.issue();
    const iat = startedAt / 1000;
    const { id, digest: sha256, environment: env } = key;
    const former = [{ id, sha256, client_id: 'collector', env, scope: 'a' }];
    stage.issuer.pass(60);
    stage.issuer.revoke(key);
    stage.issuer.issue();
    expect(await stage.outcome(key.text)).toBe('api_key_invalid');
    stage.issuer.manifestClaims = { iat, exp: iat + 300, keys: former };
    stage.issuer.issue();
    for (let n = 0; n < 10; n += 1) {
      stage.issuer.pass(4);
      expect(await stage.outcome(key.text)).toBe('api_key_invalid');
    }
  });
});

describe('the manifest in an outage', () => {
  it('is used for 300 s at most, with the ends of keys, and then all keys are refused', async () => {
    const stage = createStage();
    stage.issuer.manifestClaims = { exp: startedAt / 1000 + 10_000 };
    const [key, short] = [
      stage.issuer.issue(),
      stage.issuer.issue({ exp: startedAt / 1000 + 100 }),
    ];
    await stage.outcome(key.text);
    stage.issuer.isDown = true;
    stage.issuer.pass(99);
    expect([await stage.outcome(key.text), await stage.outcome(short.text)]).toEqual([
      'collector',
      'collector',
    ]);
    stage.issuer.pass(1);
    expect(await stage.outcome(short.text)).toBe('api_key_expired');
    stage.issuer.pass(199);
    expect(await stage.outcome(key.text)).toBe('collector');
    stage.issuer.pass(1);
    expect(await stage.outcome(key.text)).toBe('api_keys_unavailable');
  });

  it('is used no longer than its issuer signed, whatever the API allows', async () => {
    const stage = createStage({ staleSeconds: 3600 });
    const key = stage.issuer.issue();
    await stage.outcome(key.text);
    stage.issuer.isDown = true;
    stage.issuer.pass(304);
    expect(await stage.outcome(key.text)).toBe('collector');
    stage.issuer.pass(1);
    expect(await stage.outcome(key.text)).toBe('api_keys_unavailable');
  });

  it('is named as the cause if there was never one, and is fetched at most once a second', async () => {
    const stage = createStage();
    stage.issuer.isDown = true;
    const key = stage.issuer.issue();
    for (let n = 0; n < 100; n += 1)
      expect(await stage.outcome(key.text)).toBe('api_keys_unavailable');
    expect(stage.issuer.asked(path)).toHaveLength(1);
  });
});

describe('a flood of invented keys', () => {
  it('causes no request and is not cached', async () => {
    const stage = createStage();
    await stage.outcome(stage.issuer.issue().text);
    await settle();
    const before = stage.issuer.sent.length;
    for (let n = 0; n < 2000; n += 1) {
      const key = stage.issuer.issue();
      stage.issuer.revoke(key);
      expect(await stage.outcome(key.text)).toBe('api_key_invalid');
    }
    expect(stage.issuer.sent).toHaveLength(before);
  });
});

describe('a large manifest', () => {
  it('of 40 000 keys is read, and each key in it is found', async () => {
    const stage = createStage();
    const key = stage.issuer.issue();
    const entry = {
      sha256: key.digest,
      client_id: 'collector',
      env: 'live',
      scope: 'buildings:read buildings:write',
    };
    const keys = Array.from({ length: 40_000 }, (_, n) => ({
      ...entry,
      id: String(n).padStart(16, '0'),
    }));
    stage.issuer.manifestClaims = { keys: [...keys, { ...entry, id: key.id }] };
    expect(await stage.outcome(key.text)).toBe('collector');
  });
});
