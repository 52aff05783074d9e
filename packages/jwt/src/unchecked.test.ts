/** No check is left out because a value is missing, empty or of another kind. */
import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDpopProver, type DpopExpectation, verifyDpopProof } from './dpop-proof.ts';
import { openJwe, sealJwe } from './jwe.ts';
import { generateDecryptionKey, importAgreementKeys, importSealingKey } from './key-agreement.ts';
import { exportPublicJwk, importKeySet } from './key-set.ts';
import { createOutbound } from './outbound.ts';
import { createPublicOutbound } from './public-outbound.ts';
import { createRemoteKeySet } from './remote-key-set.ts';
import { signJwtSync } from './sign.ts';
import { anyAudience, anyIssuer, anyKey, noAccessToken } from './unchecked.ts';
import { createVault } from './vault.ts';
import { type ClaimsExpectation, parseJwt, verifyJwt, verifyParsed } from './verify.ts';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const signingKey = { kid: 'k', algorithm: 'ES256', privateKey } as const;
const keys = importKeySet({ keys: [exportPublicJwk(publicKey, 'k', 'ES256')] });
const now = 1_800_000_000;
const expected: ClaimsExpectation = {
  issuer: 'https://issuer.example',
  audience: 'https://api.example',
  nowSeconds: now,
};
const exp = now + 60;
/** Signed by a trusted key, with the expected claims or without them. */
const tokens = [
  { iss: 'https://issuer.example', aud: 'https://api.example', exp },
  { exp },
  { iss: '', aud: '', exp },
  { iss: 'undefined', aud: 'undefined', exp },
  { aud: [], exp },
].map((claims) => signJwtSync(signingKey, 'at+jwt', claims));

/**
 * The results of a misspelt name, an unset variable and a wrong type in an option. `[undefined]`
 * means no option at all.
 */
const nothing = fc.constantFrom<unknown>(undefined, null, '', Number.NaN);
const other = fc.oneof(
  nothing,
  fc.boolean(),
  fc.bigInt(),
  fc.constant([]),
  fc.constant(['']),
  fc.constant([undefined]),
  fc.constant(['https://api.example', null]),
  fc.object(),
  fc.constant(() => 'https://api.example'),
  fc.constantFrom(Symbol('anyAudience'), Symbol.for('anyIssuer'), anyKey),
);
const noName = fc.oneof(other, fc.double());
const noNumber = fc.oneof(
  other.filter((value) => value !== undefined),
  fc.string(),
  fc.constantFrom(-1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
);

/** Each name with each value, and without the name. */
function changed<Options extends object>(
  options: Options,
  values: Partial<Record<keyof Options, fc.Arbitrary<unknown>>>,
): fc.Arbitrary<Options> {
  const changes = Object.entries<fc.Arbitrary<unknown> | undefined>(values).map(
    ([name, value = nothing]) => value.map((one) => ({ ...options, [name]: one })),
  );
  return fc.oneof(...changes);
}

const refusal = (reason: string) => expect.objectContaining({ reason }) as Error;

function without<Options extends object>(options: Options, name: keyof Options): Options {
  const rest = { ...options };
  delete rest[name];
  return rest;
}

describe('what a token must say', () => {
  const expectations = changed(expected, {
    issuer: fc.oneof(noName, fc.constant(anyAudience)),
    audience: fc.oneof(noName, fc.constant(anyIssuer)),
    nowSeconds: fc.oneof(noNumber, fc.constant(undefined)),
    clockToleranceSeconds: noNumber,
  });

  it('is never left out because it is missing, empty or of another kind', () => {
    const property = fc.property(fc.constantFrom(...tokens), expectations, (token, wanted) => {
      expect(() => verifyJwt(token, { ...wanted, keys, typ: 'at+jwt' })).toThrow(TypeError);
      expect(() => verifyParsed(parseJwt(token), keys.find('k', 'ES256'), wanted)).toThrow(
        TypeError,
      );
    });
    fc.assert(property, { seed: 11, numRuns: 500 });
  });

  it.each(['issuer', 'audience', 'nowSeconds'] as const)('is not complete without %s', (name) => {
    for (const token of tokens) {
      const wanted = { ...without(expected, name), keys, typ: 'at+jwt' };
      expect(() => verifyJwt(token, wanted)).toThrow(new RegExp(`^${name}: `));
    }
  });

  it('is a type, or several', () => {
    const untyped = `${Buffer.from('{"alg":"ES256","kid":"k"}').toString('base64url')}.e30.AA`;
    const property = fc.property(fc.oneof(noName, fc.constant(anyAudience)), (typ) => {
      for (const token of [...tokens, untyped]) {
        expect(() => verifyJwt(token, { ...expected, keys, typ: typ as string })).toThrow();
      }
    });
    fc.assert(property, { seed: 11 });
  });

  it('is left unchecked by a name that is imported, each for its own', () => {
    const verify = (token: string, changes: Partial<ClaimsExpectation>) =>
      verifyJwt(token, { ...expected, ...changes, keys, typ: 'at+jwt' });
    const [, bare = ''] = tokens;
    expect(verify(bare, { issuer: anyIssuer, audience: anyAudience }).claims).toEqual({ exp });
    expect(() => verify(bare, { issuer: anyIssuer })).toThrow(refusal('token_audience_wrong'));
    expect(() => verify(bare, { audience: anyAudience })).toThrow(refusal('token_issuer_wrong'));
  });
});

describe('what a DPoP proof must say', () => {
  const prover = createDpopProver({ algorithm: 'ES256', privateKey });
  const url = 'https://api.example/buildings';
  const wanted: DpopExpectation = {
    method: 'GET',
    url,
    nowSeconds: now,
    accessToken: 'token',
    thumbprint: prover.thumbprint,
  };
  const made = { method: 'GET', url, nowSeconds: now, jti: '1' };
  const proofs = [
    prover.prove({ ...made, accessToken: 'token' }),
    prover.prove(made),
    prover.prove({ ...made, method: undefined as never }),
  ];
  const expectations = changed(wanted, {
    method: noName,
    url: noName,
    nowSeconds: fc.oneof(noNumber, fc.constant(undefined)),
    accessToken: fc.oneof(noName, fc.constant(anyKey)),
    thumbprint: fc.oneof(
      noName.filter((value) => value !== anyKey),
      fc.constant(noAccessToken),
    ),
  });

  it('is never left out because it is missing, empty or of another kind', () => {
    const property = fc.property(fc.constantFrom(...proofs), expectations, (proof, one) => {
      expect(() => verifyDpopProof(proof, one)).toThrow(TypeError);
    });
    fc.assert(property, { seed: 11, numRuns: 500 });
  });

  it.each(['method', 'url', 'nowSeconds', 'accessToken', 'thumbprint'] as const)(
    'is not complete without %s',
    (name) => {
      for (const proof of proofs) {
        expect(() => verifyDpopProof(proof, without(wanted, name))).toThrow(
          new RegExp(`^${name}: `),
        );
      }
    },
  );

  it('is left unchecked by a name that is imported, each for its own', () => {
    const [, bare = ''] = proofs;
    const first = { accessToken: noAccessToken, thumbprint: anyKey } as const;
    expect(verifyDpopProof(bare, { ...wanted, ...first }).thumbprint).toBe(prover.thumbprint);
    expect(() => verifyDpopProof(bare, { ...wanted, thumbprint: anyKey })).toThrow(
      refusal('proof_invalid'),
    );
  });
});

describe('the type of a sealed message', () => {
  it('is never left out because it is missing, empty or of another kind', () => {
    const key = generateDecryptionKey();
    const agreement = importAgreementKeys([key]);
    const receiver = importSealingKey(agreement.publicJwks[0] ?? {});
    if (receiver === undefined) throw new Error('no key');
    const untyped = sealJwe('text', undefined as never, receiver);
    const property = fc.property(noName, (typ) => {
      expect(() => openJwe(untyped, { keys: agreement, typ: typ as string })).toThrow(TypeError);
    });
    fc.assert(property, { seed: 11 });
  });
});

describe('a master key', () => {
  it('is 32 bytes, and nothing that bytes could be made of', () => {
    const texts = [
      '0123456789abcdef0123456789abcdef',
      Array.from({ length: 32 }, () => 0),
      { length: 32 },
    ];
    for (const key of [...texts, undefined, null, '', new Uint8Array(31)]) {
      expect(() => createVault(key as never)).toThrow('A master key has 32 bytes.');
      expect(() => createVault(new Uint8Array(32), [key as never])).toThrow(
        'A master key has 32 bytes.',
      );
    }
  });
});

describe('bounds', () => {
  it('of the outbound clients are numbers', () => {
    const bounds = { timeoutSeconds: 5, maxBytes: 100, maxRedirects: 0 };
    const wrong = changed(bounds, {
      timeoutSeconds: noNumber,
      maxBytes: noNumber,
      maxRedirects: noNumber,
    });
    const property = fc.property(wrong, (options) => {
      expect(() => createOutbound(options)).toThrow(TypeError);
      expect(() => createPublicOutbound(options)).toThrow(TypeError);
    });
    fc.assert(property, { seed: 11 });
  });

  it('of one answer are numbers', async () => {
    const { send } = createOutbound();
    const property = fc.asyncProperty(
      noNumber.filter((value) => value !== null),
      async (maxBytes) => {
        const sent = send('http://127.0.0.1:1/', {
          accept: 'text/plain',
          maxBytes: maxBytes as number,
        });
        await expect(sent).rejects.toThrow(TypeError);
      },
    );
    await fc.assert(property, { seed: 11 });
  });

  it('of a remote key set are numbers', () => {
    const times = { freshSeconds: 1, staleSeconds: 1, unknownKidIntervalSeconds: 1 };
    const wrong = changed(times, {
      freshSeconds: noNumber,
      staleSeconds: noNumber,
      unknownKidIntervalSeconds: noNumber,
    });
    const property = fc.property(wrong, (options) => {
      expect(() => createRemoteKeySet({ url: 'https://issuer.example/jwks', ...options })).toThrow(
        TypeError,
      );
    });
    fc.assert(property, { seed: 11 });
  });
});
