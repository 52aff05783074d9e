import { generateDecryptionKey } from '@keywright/jwt';
import { describe, expect, it } from 'vitest';
import { GuardRefusal } from '../guard-refusal.ts';
import {
  audience,
  createStage,
  decryptionKey,
  issuer,
  seal,
  settle,
  startedAt,
} from './testing-parts/issuer.ts';

describe('a sealed API key', () => {
  it('is accepted once, for its own request, on routes that refuse plain keys', async () => {
    const stage = createStage();
    const key = stage.issuer.issue();
    const caller = await stage.authenticate(seal(key));
    expect(caller).toMatchObject({
      credential: 'api_key',
      issuer,
      clientId: 'collector',
      tokenId: key.id,
    });
    expect(await stage.outcome(seal(key), {}, false)).toBe('collector');
  });

  it('is refused the second time (§5)', async () => {
    const stage = createStage();
    const sealed = seal(stage.issuer.issue());
    expect(await stage.outcome(sealed)).toBe('collector');
    for (let n = 0; n < 3; n += 1) expect(await stage.outcome(sealed)).toBe('sealed_key_replayed');
    stage.issuer.pass(60);
    expect(await stage.outcome(sealed)).toBe('sealed_key_replayed');
    stage.issuer.pass(1);
    expect(await stage.outcome(sealed)).toBe('sealed_key_expired');
  });

  it('that is sent 50 times at once is accepted once', async () => {
    const stage = createStage();
    const sealed = seal(stage.issuer.issue());
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => stage.outcome(sealed)));
    expect(outcomes.filter((one) => one === 'collector')).toHaveLength(1);
    expect(outcomes.filter((one) => one === 'sealed_key_replayed')).toHaveLength(49);
  });

  it('is refused if another message has the same single-use id', async () => {
    const stage = createStage();
    const key = stage.issuer.issue();
    const jti = 'abcdefghijklmnopqrstuv';
    expect(await stage.outcome(seal(key, { jti }))).toBe('collector');
    expect(await stage.outcome(seal(key, { jti, htm: 'POST' }), { method: 'POST' })).toBe(
      'sealed_key_replayed',
    );
  });

  it('cannot use up the ids of another key', async () => {
    const stage = createStage();
    const [one, other] = [stage.issuer.issue(), stage.issuer.issue()];
    const jti = 'abcdefghijklmnopqrstuv';
    expect(await stage.outcome(seal(one, { jti }))).toBe('collector');
    expect(await stage.outcome(seal(other, { jti }))).toBe('collector');
  });

  it('is not spent by a refused request', async () => {
    const stage = createStage();
    const key = stage.issuer.issue({ networks: ['192.0.2.7'] });
    const sealed = seal(key);
    expect(await stage.outcome(sealed, { method: 'DELETE' })).toBe('sealed_key_misplaced');
    expect(await stage.outcome(sealed, { remoteAddress: '203.0.113.1' })).toBe(
      'api_key_network_forbidden',
    );
    expect(await stage.outcome(sealed)).toBe('collector');
  });

  it('may be stored in a shared memory, for as long as it is valid', async () => {
    const claims: [string, number][] = [];
    const replays = {
      claim: async (id: string, expiresAt: number) => {
        claims.push([id, expiresAt]);
        return claims.length === 1;
      },
    };
    const stage = createStage({}, { replays });
    const key = stage.issuer.issue();
    const sealed = seal(key);
    expect(await stage.outcome(sealed)).toBe('collector');
    expect(await stage.outcome(sealed)).toBe('sealed_key_replayed');
    expect(claims[0]?.[0]).toMatch(new RegExp(`^api-key ${key.id} [\\w-]{22}$`));
    expect(claims[0]?.[1]).toBeGreaterThan(startedAt + 60_000);
    expect(claims.flat().join()).not.toContain(key.text);
  });

  it.each([undefined, 1, 'OK', {}])(
    'is refused if the memory answers %j, which is not true',
    async (answer) => {
      const replays = { claim: async () => answer as never };
      const stage = createStage({}, { replays });
      expect(await stage.outcome(seal(stage.issuer.issue()))).toBe('sealed_key_replayed');
    },
  );

  it('is refused when the memory cannot be reached: 503 (§5)', async () => {
    const replays = { claim: async () => Promise.reject(new Error('memory down')) };
    const stage = createStage({}, { replays });
    expect(await stage.outcome(seal(stage.issuer.issue()))).toBe('overloaded');
    expect(stage.issuer.failures).toHaveLength(1);
  });

  it('is valid for all routes that one request passes, with its own method, and for no other request', async () => {
    const stage = createStage();
    const sealed = seal(stage.issuer.issue());
    const carrier = {};
    expect([
      await stage.outcome(sealed, { carrier }),
      await stage.outcome(sealed, { carrier }),
    ]).toEqual(['collector', 'collector']);
    expect(await stage.outcome(sealed, { carrier, method: 'DELETE' })).toBe('sealed_key_misplaced');
    expect(await stage.outcome(sealed, { carrier: {} })).toBe('sealed_key_replayed');
    stage.issuer.pass(61);
    expect(await stage.outcome(sealed, { carrier })).toBe('sealed_key_expired');
  });

  it('is refused if it cannot be stored', async () => {
    const replays = {
      claim: () => {
        throw new GuardRefusal('overloaded');
      },
    };
    const stage = createStage({}, { replays });
    expect(await stage.outcome(seal(stage.issuer.issue()))).toBe('overloaded');
  });
});

describe('a sealed key in the wrong place', () => {
  it.each<[string, Record<string, unknown>]>([
    ['another API', { aud: 'https://other.example' }],
    ['an API whose name begins alike', { aud: `${audience}/` }],
    ['an API in other letters', { aud: 'https://API.example' }],
    ['another method', { htm: 'POST' }],
    ['the method in other letters', { htm: 'get' }],
    ['another path', { htu: `${audience}/buildings/2` }],
    ['a path above', { htu: `${audience}/buildings` }],
    ['a path below', { htu: `${audience}/buildings/1/` }],
    ['a path in other letters', { htu: `${audience}/Buildings/1` }],
    ['an escaped slash', { htu: `${audience}/buildings%2F1` }],
    ['another host', { htu: 'https://evil.example/buildings/1' }],
    ['another port', { htu: 'https://api.example:8443/buildings/1' }],
    ['no TLS', { htu: 'http://api.example/buildings/1' }],
    ['the address with its query', { htu: `${audience}/buildings/1?x=2` }],
    ['the address with a fragment', { htu: `${audience}/buildings/1#` }],
    ['a path alone', { htu: '/buildings/1' }],
    ['nothing', { htu: '' }],
  ])('is refused: made for %s', async (_name, payload) => {
    const stage = createStage();
    expect(await stage.outcome(seal(stage.issuer.issue(), payload))).toBe('sealed_key_misplaced');
  });

  it.each([
    'https://API.EXAMPLE/buildings/1',
    'https://api.example:443/buildings/1',
    'https://api.example/%62uildings/1',
  ])('is accepted if the address is only spelled differently: %s (RFC 3986 §6.2)', async (htu) => {
    const stage = createStage();
    expect(await stage.outcome(seal(stage.issuer.issue(), { htu }))).toBe('collector');
  });

  it.each(['/x/../buildings/1', '/x/%2e%2e/buildings/1', '/buildings/./1'])(
    'is refused at %s, which has another route',
    async (target) => {
      const stage = createStage();
      expect(await stage.outcome(seal(stage.issuer.issue()), { target })).toBe(
        'sealed_key_misplaced',
      );
    },
  );

  it('is compared with the address of the API, and not with headers of the request', async () => {
    const stage = createStage();
    const htu = 'https://evil.example/buildings/1';
    const header = (name: string) => (name === 'host' ? 'evil.example' : undefined);
    expect(await stage.outcome(seal(stage.issuer.issue(), { htu }), { header })).toBe(
      'sealed_key_misplaced',
    );
  });
});

describe('a sealed key at the wrong time', () => {
  it.each([
    [0, 'collector'],
    [60, 'collector'],
    [60.001, 'sealed_key_expired'],
    [3600, 'sealed_key_expired'],
    [-5, 'collector'],
    [-5.001, 'sealed_key_expired'],
    [-3600, 'sealed_key_expired'],
  ])('made %d s ago: %s', async (age, expected) => {
    const stage = createStage();
    const sealed = seal(stage.issuer.issue());
    stage.issuer.pass(age);
    expect(await stage.outcome(sealed)).toBe(expected);
  });

  it('expires earlier if the API is configured so', async () => {
    const stage = createStage({ sealedSeconds: 10 });
    const sealed = seal(stage.issuer.issue());
    stage.issuer.pass(11);
    expect(await stage.outcome(sealed)).toBe('sealed_key_expired');
  });
});

describe('a sealed key with invalid content', () => {
  it.each<[string, Record<string, unknown>]>([
    ['no key', { key: undefined }],
    ['no audience', { aud: undefined }],
    ['two audiences', { aud: [audience, 'https://other.example'] }],
    ['no method', { htm: undefined }],
    ['no address', { htu: undefined }],
    ['no time', { iat: undefined }],
    ['time as text', { iat: '1800000000' }],
    ['a time past all numbers', { iat: 1e308 }],
    ['a negative time', { iat: -1 }],
    ['no id', { jti: undefined }],
    ['a short id', { jti: 'a'.repeat(21) }],
    ['a long id', { jti: 'a'.repeat(65) }],
    ['an id with spaces', { jti: `${'a'.repeat(22)} x` }],
    ['an id that is a number', { jti: 1 }],
  ])('is refused: %s', async (_name, payload) => {
    const stage = createStage();
    expect(await stage.outcome(seal(stage.issuer.issue(), payload))).toBe('sealed_key_invalid');
    expect(stage.issuer.sent).toEqual([]);
  });

  it('is refused if it contains another key', async () => {
    const stage = createStage();
    const key = stage.issuer.issue();
    expect(await stage.outcome(seal(key, { key: `${key.text}x` }))).toBe('api_key_malformed');
    stage.issuer.revoke(key);
    expect(await stage.outcome(seal(key))).toBe('api_key_invalid');
    expect(await stage.outcome(seal(stage.issuer.issue({ exp: 1 })))).toBe('api_key_invalid');
    stage.issuer.pass(3);
    expect(await stage.outcome(seal(stage.issuer.issue({ exp: 1 })))).toBe('api_key_expired');
  });

  it('is refused if it was sealed for another API, or as another type of message', async () => {
    const stage = createStage();
    const key = stage.issuer.issue();
    expect(await stage.outcome(seal(key, {}, generateDecryptionKey()))).toBe('sealed_key_invalid');
    const renamed = { ...generateDecryptionKey(), kid: decryptionKey['kid'] };
    expect(await stage.outcome(seal(key, {}, renamed))).toBe('sealed_key_invalid');
    expect(await stage.outcome(seal(key, {}, decryptionKey, 'JWT'))).toBe('sealed_key_invalid');
    expect(stage.issuer.sent).toEqual([]);
  });

  it('is refused if any part was changed, and then its id is not used up', async () => {
    const stage = createStage();
    const sealed = seal(stage.issuer.issue());
    const parts = sealed.split('.');
    for (const [at, part] of parts.entries()) {
      const flipped = part === '' ? 'AAAA' : (part.startsWith('A') ? 'B' : 'A') + part.slice(1);
      const changed = parts.map((one, index) => (index === at ? flipped : one)).join('.');
      expect(await stage.outcome(changed)).toBe('sealed_key_invalid');
    }
    expect(stage.issuer.sent).toEqual([]);
    expect(await stage.outcome(sealed)).toBe('collector');
  });
});

describe('the keys that an API is sealed for', () => {
  it('are published without their private parts, in order, and all of them open messages', async () => {
    const [next, former] = [generateDecryptionKey('P-256'), decryptionKey];
    const stage = createStage({ decryptionKeys: [next, former] });
    const { keys } = stage.jwks();
    expect(keys.map((jwk) => [jwk['kid'], jwk['use'], jwk['alg'], jwk['d']])).toEqual([
      [next['kid'], 'enc', 'ECDH-ES', undefined],
      [former['kid'], 'enc', 'ECDH-ES', undefined],
    ]);
    expect(await stage.outcome(seal(stage.issuer.issue(), {}, next))).toBe('collector');
    stage.issuer.pass(3);
    expect(await stage.outcome(seal(stage.issuer.issue(), {}, former))).toBe('collector');
  });

  it('are checked when the guard is created', () => {
    for (const decryptionKeys of [
      [],
      [{ kty: 'oct', k: 'AAAA' }],
      [decryptionKey, decryptionKey],
    ]) {
      expect(() => createStage({ decryptionKeys })).toThrow(TypeError);
    }
    expect(() => createStage({}, { issuer: { issuer } })).toThrow(/client/);
    for (const manifestUri of ['http://issuer.example/manifest', 'file:///etc/passwd', 'x']) {
      expect(() => createStage({ manifestUri })).toThrow(/manifestUri/);
    }
    for (const sealedSeconds of [0, -1, 301, 1.5, Number.NaN]) {
      expect(() => createStage({ sealedSeconds })).toThrow(/sealedSeconds/);
    }
    expect(() => createStage({ by: 'Manifest' as never })).toThrow(/by: manifest or introspection/);
    expect(() => createStage({ decryptionKeys: decryptionKey as never })).toThrow(
      /a list of private JWKs/,
    );
  });

  it('are refused with all faults at once', () => {
    const faulty = { decryptionKeys: [], staleSeconds: -1, decryptionkeys: [] };
    expect(() => createStage(faulty)).toThrow(
      /decryptionkeys: no such option[^]*staleSeconds: [^]*decryptionKeys: /,
    );
  });
});

describe('a flood of invalid sealed messages', () => {
  it('causes no request, and is not stored', async () => {
    let claims = 0;
    const stage = createStage({}, { replays: { claim: () => (claims += 1) > 0 } });
    const key = stage.issuer.issue();
    await stage.outcome(key.text);
    await settle();
    const before = stage.issuer.sent.length;
    for (let n = 0; n < 300; n += 1) {
      const unknown = stage.issuer.issue();
      stage.issuer.revoke(unknown);
      expect(await stage.outcome(seal(unknown))).toBe('api_key_invalid');
      expect(await stage.outcome(`${seal(key).slice(0, -22)}${'A'.repeat(22)}`)).toBe(
        'sealed_key_invalid',
      );
    }
    expect(stage.issuer.sent).toHaveLength(before);
    expect(claims).toBe(0);
  });
});
