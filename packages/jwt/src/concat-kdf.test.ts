import { describe, expect, it } from 'vitest';
import { concatKdf } from './concat-kdf.ts';
import { agree, importAgreementKey, importAgreementPublicKey } from './key-agreement.ts';

/** RFC 7518 Appendix C. */
const alice = {
  kty: 'EC',
  crv: 'P-256',
  x: 'gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0',
  y: 'SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps',
  d: '0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo',
};
const bob = {
  kty: 'EC',
  crv: 'P-256',
  x: 'weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ',
  y: 'e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck',
  d: 'VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw',
};
const secret = [
  158, 86, 217, 29, 129, 113, 53, 211, 114, 131, 66, 131, 191, 132, 38, 156, 251, 49, 110, 163, 218,
  128, 106, 72, 246, 218, 167, 121, 140, 254, 144, 196,
];

describe('the Concat KDF', () => {
  it('gives the key of RFC 7518 Appendix C, from either side', () => {
    const sides = [
      [alice, bob],
      [bob, alice],
    ] as const;
    for (const [own, other] of sides) {
      const { d: _d, ...published } = other;
      const { privateKey } = importAgreementKey(own)!;
      const sharedSecret = agree(privateKey, importAgreementPublicKey(published, 'P-256')!)!;
      expect([...sharedSecret]).toEqual(secret);
      const key = concatKdf({
        sharedSecret,
        algorithm: 'A128GCM',
        keyBits: 128,
        apu: Buffer.from('Alice'),
        apv: Buffer.from('Bob'),
      });
      expect(key.toString('base64url')).toBe('VqqN6vgjbSBcIijNcacQGg');
    }
  });

  it('gives another key for each of its inputs', () => {
    const input = {
      sharedSecret: Buffer.from(secret),
      algorithm: 'A256GCM',
      keyBits: 256,
      apu: Buffer.from('a'),
      apv: Buffer.from('b'),
    } as const;
    const others = [
      input,
      { ...input, algorithm: 'A128GCM' },
      { ...input, apu: Buffer.from('ab'), apv: Buffer.from('') },
      { ...input, apu: Buffer.from(''), apv: Buffer.from('ab') },
      { ...input, sharedSecret: Buffer.alloc(32) },
    ];
    expect(new Set(others.map((one) => concatKdf(one).toString('hex'))).size).toBe(others.length);
  });
});

describe('the agreement', () => {
  it('gives the secret of RFC 8037 A.6 with X25519', () => {
    // The ephemeral key pair of the appendix. Of Bob, it has only the public key.
    const ephemeral = importAgreementKey({
      kty: 'OKP',
      crv: 'X25519',
      x: 'hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo',
      d: 'dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo',
    })!;
    const receiver = importAgreementPublicKey(
      { kty: 'OKP', crv: 'X25519', kid: 'Bob', x: '3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08' },
      'X25519',
    )!;
    expect(agree(ephemeral.privateKey, receiver)!.toString('hex')).toBe(
      '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742',
    );
  });
});
