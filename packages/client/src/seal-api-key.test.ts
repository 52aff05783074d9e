import { randomBytes } from 'node:crypto';
import {
  generateDecryptionKey,
  importAgreementKeys,
  type Jwk,
  makeApiKey,
  openJwe,
} from '@keywright/jwt';
import { compactDecrypt, importJWK, type JWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { sealApiKey } from './seal-api-key.ts';

const apiKey = makeApiKey('live', randomBytes).text;
const own = generateDecryptionKey();
const keys = importAgreementKeys([own]);
const key = keys.publicJwks[0] as Jwk;
const good = {
  apiKey,
  audience: 'https://api.example',
  method: 'POST',
  url: 'https://api.example/a?b=c#d',
  key,
};
const open = (sealed: string) =>
  JSON.parse(openJwe(sealed, { keys, typ: 'api-key+jwe' }).toString()) as Record<string, unknown>;

describe('sealing an API key', () => {
  it('puts in the key, and the one request for which it is valid (docs/api-keys.md §4)', () => {
    const payload = open(sealApiKey({ ...good, nowSeconds: 1_800_000_000 }));
    expect(payload).toEqual({
      key: apiKey,
      aud: 'https://api.example',
      htm: 'POST',
      htu: 'https://api.example/a',
      iat: 1_800_000_000,
      jti: expect.stringMatching(/^[\w-]{22}$/) as string,
    });
  });

  it('uses the current time, and never uses an id twice', () => {
    const payloads = Array.from({ length: 100 }, () => open(sealApiKey(good)));
    expect(new Set(payloads.map(({ jti }) => jti)).size).toBe(100);
    expect(Math.abs((payloads[0]?.['iat'] as number) - Date.now() / 1000)).toBeLessThan(5);
  });

  it('makes a message that jose decrypts', async () => {
    const { plaintext } = await compactDecrypt(
      sealApiKey(good),
      await importJWK(own as JWK, 'ECDH-ES'),
    );
    expect(JSON.parse(Buffer.from(plaintext).toString())).toMatchObject({ key: apiKey });
  });

  it.each(['', 'x', apiKey.slice(0, -1), `${apiKey} `, apiKey.replace('kwk_live', 'kwk_lime')])(
    'reports a typing error in the key before it is sent ("%s"), and does not repeat the key',
    (bad) => {
      const seal = () => sealApiKey({ ...good, apiKey: bad });
      expect(seal).toThrow(/not an API key/);
      if (bad.length > 10)
        expect(seal).toThrow(
          expect.objectContaining({ message: expect.not.stringContaining(bad) as string }),
        );
    },
  );

  it.each<[string, Jwk]>([
    ['a private key', own],
    ['a key for signatures', { ...key, use: 'sig' }],
    ['a key of another algorithm', { ...key, alg: 'ECDH-ES+A256KW' }],
    ['a key without a name', { ...key, kid: undefined }],
    ['no key', {}],
  ])('refuses %s', (_name, bad) => {
    expect(() => sealApiKey({ ...good, key: bad })).toThrow(TypeError);
  });
});
