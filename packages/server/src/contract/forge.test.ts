import { createHmac, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createForger } from './forge.ts';
import { type Jwt, toToken } from './token.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const claims = {
  iss: 'https://as.example',
  sub: 'a',
  aud: 'https://api.example',
  exp: 2_000_000_000,
};

function jwt(alg: string): Jwt {
  const input = `${part({ alg, kid: 'k1', typ: 'at+jwt' })}.${part(claims)}`;
  const data = Buffer.from(input);
  const signatures: Record<string, () => Buffer> = {
    RS256: () => sign('sha256', data, rsa.privateKey),
    ES256: () => sign('sha256', data, { key: ec.privateKey, dsaEncoding: 'ieee-p1363' }),
    HS256: () => createHmac('sha256', 'shared').update(data).digest(),
  };
  return toToken(`${input}.${signatures[alg]!().toString('base64url')}`).jwt!;
}

const read = (text: string) => {
  const [header = '', payload = '', signature = ''] = text.split('.');
  const json = (one: string) =>
    JSON.parse(Buffer.from(one, 'base64url').toString()) as Record<string, unknown>;
  return {
    header: json(header),
    claims: json(payload),
    signature: Buffer.from(signature, 'base64url'),
    input: `${header}.${payload}`,
  };
};

function isGood(text: string, alg: string): boolean {
  const { input, signature } = read(text);
  if (alg === 'RS256') return verify('sha256', Buffer.from(input), rsa.publicKey, signature);
  return verify(
    'sha256',
    Buffer.from(input),
    { key: ec.publicKey, dsaEncoding: 'ieee-p1363' },
    signature,
  );
}

describe.each(['RS256', 'ES256'])('the forged tokens that are made from a %s token', (alg) => {
  const good = jwt(alg);
  const forger = createForger(good);
  const made = {
    changed: forger.changeSignature(),
    claims: forger.changeClaims(),
    dropped: forger.dropSignature(),
    other: forger.signByOtherKey(),
    unknown: forger.signByUnknownKey(),
    embedded: forger.signByEmbeddedKey(),
    issuer: forger.useOtherIssuer(),
    none: forger.useNone('none'),
    secret: forger.useSecret('x'),
  };

  it('are all invalid, while the original token is valid', () => {
    expect(isGood(good.parts.join('.'), alg)).toBe(true);
    for (const text of Object.values(made)) expect(isGood(text, alg)).toBe(false);
  });

  it('have one fault each', () => {
    for (const text of [made.changed, made.claims, made.dropped, made.other, made.issuer])
      expect(read(text).header).toEqual(good.header);
    for (const text of [
      made.changed,
      made.dropped,
      made.other,
      made.unknown,
      made.embedded,
      made.none,
      made.secret,
    ])
      expect(read(text).claims).toEqual(claims);
    expect(read(made.claims).claims).toEqual({ ...claims, admin: true });
    expect(read(made.issuer).claims).toEqual({ ...claims, iss: 'https://issuer.invalid' });
    expect(read(made.changed).signature).toHaveLength(read(good.parts.join('.')).signature.length);
    expect(read(made.unknown).header).toEqual({
      ...good.header,
      kid: expect.stringMatching(/^unknown-/),
    });
    expect(read(made.none)).toMatchObject({
      header: { ...good.header, alg: 'none' },
      signature: Buffer.alloc(0),
    });
  });

  it('include one with an embedded key that signed it', () => {
    const { header, input, signature } = read(made.embedded);
    const key = createPublicKey({ key: header['jwk'] as never, format: 'jwk' });
    expect(
      verify('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }, signature),
    ).toBe(true);
    expect(header).not.toHaveProperty('kid');
    expect(JSON.stringify(header)).not.toContain('"d"');
  });

  it('include one with HS256 and a given text as the secret', () => {
    const { input, signature, header } = read(made.secret);
    expect(createHmac('sha256', 'x').update(input).digest()).toEqual(signature);
    expect(header['alg']).toBe('HS256');
  });
});

it('a token with r = s = 0 is forged for ECDSA only', () => {
  expect(read(createForger(jwt('ES256')).zeroSignature()!).signature).toEqual(Buffer.alloc(64));
  expect(createForger(jwt('RS256')).zeroSignature()).toBeUndefined();
});

it('tokens that are forged from a token with a shared secret keep its algorithm', () => {
  const forger = createForger(jwt('HS256'));
  for (const text of [forger.signByOtherKey(), forger.useSecret('guess')])
    expect(read(text).header['alg']).toBe('HS256');
  expect(read(forger.signByEmbeddedKey()).header).not.toHaveProperty('jwk');
});
