import { generateKeyPairSync, hash } from 'node:crypto';
import { createDpopProver, type DpopRequest } from '@keywright/jwt';
import { describe, expect, it } from 'vitest';
import { targetOf } from './adapters/target.ts';
import type { GuardOptions } from './options.ts';
import type { Presented } from './presented.ts';
import { ask } from './testing-parts/ask.ts';
import {
  audience,
  createGuardFixture,
  createIssuer,
  present,
  realm,
  startedAt,
} from './testing-parts/fixture.ts';

const issuer = await createIssuer();
const key = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
const prover = createDpopProver({ algorithm: 'ES256', privateKey: key });
const thief = createDpopProver({
  algorithm: 'EdDSA',
  privateKey: generateKeyPairSync('ed25519').privateKey,
});
const certificate = Buffer.from('a certificate');
const x5t = hash('sha256', certificate, 'base64url');

const keyBound = issuer.token({ cnf: { jkt: prover.thumbprint } });
const certificateBound = issuer.token({ cnf: { 'x5t#S256': x5t } });
const bearer = issuer.token();

const algs = 'DPoP algs="ES256 RS256 PS256 EdDSA Ed25519 ML-DSA-65"';
const elsewhere = `htu is not ${audience}/buildings`;
let serial = 0;

function proofOf(token: string, changes: Partial<DpopRequest> = {}, by = prover): string {
  serial += 1;
  const request = { method: 'GET', url: `${audience}/buildings`, nowSeconds: startedAt / 1000 };
  return by.prove({ ...request, accessToken: token, jti: `jti-${serial}`, ...changes });
}

function requestOf(
  authorization: string,
  dpop?: string,
  changes: Partial<Presented> = {},
): Presented {
  const headers = dpop === undefined ? { authorization } : { authorization, dpop };
  return { ...present(headers, '/buildings?page=1'), ...changes };
}

function createWorld(options: Partial<GuardOptions> = {}) {
  const fixture = createGuardFixture([issuer.key], options);
  const route = fixture.guard.route({ scope: 'buildings:read' });
  return {
    ...fixture,
    ask: (presented: Presented) => ask(route, presented),
    askForm: (token: string, dpop: string) => {
      const form = new URLSearchParams({ access_token: token });
      return ask(route, { ...present({ dpop }, '/buildings', 'POST') }, form);
    },
  };
}

describe('two routes of one guard on one request', () => {
  it('use its proof once, and another request with the same proof is a replay', async () => {
    const { guard } = createWorld();
    const [first, second] = [guard.route({}), guard.route({ scope: 'buildings:read' })];
    const request = { ...requestOf(`DPoP ${keyBound}`, proofOf(keyBound)), carrier: {} };
    expect((await ask(first, request)).status).toBe(200);
    expect((await ask(second, request)).status).toBe(200);
    expect((await ask(second, { ...request, carrier: {} })).reason).toBe('proof_replayed');
    const { carrier: _, ...unnamed } = request;
    expect((await ask(second, unnamed)).reason).toBe('proof_replayed');
  });

  it('each check it separately, so the result of the first one does not stay valid', async () => {
    const { guard, pass } = createWorld();
    const [first, second] = [guard.route({}), guard.route({ scope: 'buildings:read' })];
    const request = { ...requestOf(`DPoP ${keyBound}`, proofOf(keyBound)), carrier: {} };
    expect((await ask(first, request)).status).toBe(200);
    // Between the two routes, a middleware has trusted `X-HTTP-Method-Override`, or changed the
    // address.
    expect((await ask(second, { ...request, method: 'DELETE' })).reason).toBe('proof_invalid');
    expect((await ask(second, { ...request, target: '/admin' })).reason).toBe('proof_invalid');
    expect((await ask(second, request)).status).toBe(200);
    pass(61);
    expect((await ask(second, request)).reason).toBe('proof_invalid');
    pass(600);
    expect((await ask(second, request)).reason).toBe('token_expired');
  });
});

describe('a token that is bound to a key', () => {
  it('is accepted with a proof for this request, each time with a new one', async () => {
    const { ask } = createWorld();
    for (let n = 0; n < 5; n += 1) {
      const { access, status } = await ask(requestOf(`DPoP ${keyBound}`, proofOf(keyBound)));
      expect([status, access?.caller?.subject]).toEqual([200, 'usr_ada']);
    }
  });

  it('is accepted with the scheme in upper or lower case (RFC 9110 §11.1)', async () => {
    const { ask } = createWorld();
    expect((await ask(requestOf(`dpop  ${keyBound} `, proofOf(keyBound)))).status).toBe(200);
  });

  it.each([1, 2, 3])(
    'is refused with a proof that was used before, the %s. time',
    async (times) => {
      const { ask } = createWorld();
      for (let n = 0; n < times; n += 1)
        await ask(requestOf(`DPoP ${keyBound}`, proofOf(keyBound)));
      const request = requestOf(`DPoP ${keyBound}`, proofOf(keyBound));
      expect((await ask(request)).status).toBe(200);
      expect((await ask(request)).reason).toBe('proof_replayed');
    },
  );

  it('is accepted in one of many simultaneous requests with the same proof', async () => {
    const { ask } = createWorld();
    const request = requestOf(`DPoP ${keyBound}`, proofOf(keyBound));
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(request)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(new Set(answers.map(({ reason }) => reason))).toEqual(
      new Set([undefined, 'proof_replayed']),
    );
  });

  it('is refused as a bearer token, with a challenge for the proof (RFC 9449 §7.2)', async () => {
    const { ask, askForm, events } = createWorld();
    const refusals = [
      await ask(requestOf(`Bearer ${keyBound}`)),
      await ask(requestOf(`Bearer ${keyBound}`, proofOf(keyBound))),
      await askForm(keyBound, proofOf(keyBound)),
      await ask(requestOf(`Bearer ${keyBound}`)),
    ];
    for (const { status, reason, challenge } of refusals) {
      expect([status, reason]).toEqual([401, 'token_binding_wrong']);
      expect(challenge).toMatch(
        /^Bearer realm="[^"]*", resource_metadata="[^"]*", error="invalid_token"/,
      );
      expect(challenge?.endsWith(`, ${algs}`)).toBe(true);
    }
    expect(events.at(-1)).toMatchObject({
      subject: 'usr_ada',
      clientId: 'heatlens',
      note: 'scheme Bearer',
    });
  });

  it.each<[string, string, string, () => string | undefined]>([
    ['without a proof', 'proof_invalid', 'not three parts', () => undefined],
    ['with an empty one', 'proof_invalid', 'not three parts', () => ''],
    [
      'with two',
      'proof_invalid',
      'not three parts',
      () => `${proofOf(keyBound)}, ${proofOf(keyBound)}`,
    ],
    [
      'with one of another key',
      'token_binding_wrong',
      'proof of another key',
      () => proofOf(keyBound, {}, thief),
    ],
    ['with one for another token', 'proof_invalid', 'ath', () => proofOf(bearer)],
    [
      'with one for no token',
      'proof_invalid',
      'ath',
      () => proofOf(keyBound, { accessToken: undefined as never }),
    ],
    [
      'with one for another method',
      'proof_invalid',
      'htm',
      () => proofOf(keyBound, { method: 'POST' }),
    ],
    [
      'with one for another path',
      'proof_invalid',
      elsewhere,
      () => proofOf(keyBound, { url: `${audience}/` }),
    ],
    [
      'with one for another host',
      'proof_invalid',
      elsewhere,
      () => proofOf(keyBound, { url: 'https://evil.example/buildings' }),
    ],
    [
      'with one of a minute ago',
      'proof_invalid',
      'iat',
      () => proofOf(keyBound, { nowSeconds: startedAt / 1000 - 61 }),
    ],
    [
      'with one of later',
      'proof_invalid',
      'iat',
      () => proofOf(keyBound, { nowSeconds: startedAt / 1000 + 11 }),
    ],
    ['with the token for a proof', 'proof_invalid', 'typ', () => keyBound],
  ])('is refused %s', async (_name, reason, note, make) => {
    const { ask, events } = createWorld();
    // A known token gets the same checks.
    for (let n = 0; n < 3; n += 1) {
      const asked = await ask(requestOf(`DPoP ${keyBound}`, make()));
      expect([asked.status, asked.reason, events.at(-1)?.note]).toEqual([401, reason, note]);
      expect(asked.challenge).toContain(`${realm}, ${algs}, error="`);
      expect((await ask(requestOf(`DPoP ${keyBound}`, proofOf(keyBound)))).status).toBe(200);
    }
  });

  it.each([
    '/x/../buildings',
    '/x/%2e%2e/buildings',
    '/./buildings',
    'http://evil.example?x=/buildings',
  ])(
    'is refused at %s with a proof for /buildings, because it has another route',
    async (named) => {
      const { ask } = createWorld();
      const request = requestOf(`DPoP ${keyBound}`, proofOf(keyBound), { target: targetOf(named) });
      expect((await ask(request)).reason).toBe('proof_invalid');
    },
  );

  it('is compared with the address of the API, never with the Host header', async () => {
    const { ask } = createWorld();
    const evil = proofOf(keyBound, { url: 'https://evil.example/buildings' });
    const request = requestOf(`DPoP ${keyBound}`, evil);
    const headers = (name: string) => (name === 'host' ? 'evil.example' : request.header(name));
    expect((await ask(requestOf(`DPoP ${keyBound}`, evil, { header: headers }))).reason).toBe(
      'proof_invalid',
    );
    const absolute = { target: 'https://evil.example/buildings' };
    expect((await ask(requestOf(`DPoP ${keyBound}`, evil, absolute))).reason).toBe('proof_invalid');
    expect((await ask(requestOf(`DPoP ${keyBound}`, proofOf(keyBound), absolute))).status).toBe(
      200,
    );
  });

  it('does not use up its proof when it is refused', async () => {
    const claimed: string[] = [];
    const replays = { claim: (id: string) => claimed.push(id) > 0 };
    const { ask } = createWorld({ replays });
    await ask(requestOf(`DPoP ${keyBound}`, proofOf(keyBound, { method: 'PUT' })));
    await ask(requestOf(`DPoP ${keyBound}`, proofOf(keyBound, {}, thief)));
    expect(claimed).toEqual([]);
    await ask(requestOf(`DPoP ${keyBound}`, proofOf(keyBound)));
    expect(claimed).toHaveLength(1);
  });

  it('needs a shared memory of proofs to answer exactly true', async () => {
    const answers: readonly unknown[] = [true, false, undefined, 'yes'];
    for (const answer of answers) {
      const { ask } = createWorld({ replays: { claim: async () => answer as boolean } });
      const { reason } = await ask(requestOf(`DPoP ${keyBound}`, proofOf(keyBound)));
      expect(reason).toBe(answer === true ? undefined : 'proof_replayed');
    }
    const { ask } = createWorld({
      replays: { claim: async () => Promise.reject(new Error('store down')) },
    });
    const { status, reason } = await ask(requestOf(`DPoP ${keyBound}`, proofOf(keyBound)));
    expect([status, reason]).toEqual([503, 'overloaded']);
  });

  it('is refused if the guard has no address to compare proofs with', async () => {
    const urn = 'urn:example:api';
    const { ask } = createWorld({ audience: urn });
    const token = issuer.token({ aud: urn, cnf: { jkt: prover.thumbprint } });
    const { reason, challenge } = await ask(requestOf(`DPoP ${token}`, proofOf(token)));
    expect(reason).toBe('token_binding_wrong');
    expect(challenge).not.toContain('DPoP');
  });

  it('is accepted at a base address that a proxy cuts off', async () => {
    const { ask } = createWorld({ baseUrl: `${audience}/v1/` });
    const right = proofOf(keyBound, { url: `${audience}/v1/buildings` });
    expect((await ask(requestOf(`DPoP ${keyBound}`, right))).status).toBe(200);
    expect((await ask(requestOf(`DPoP ${keyBound}`, proofOf(keyBound)))).reason).toBe(
      'proof_invalid',
    );
  });
});

describe('a bearer token', () => {
  it('is refused as DPoP, with any proof, also when it is known (RFC 9449 §7.1)', async () => {
    const { ask, events } = createWorld();
    for (let n = 0; n < 3; n += 1) {
      expect((await ask(requestOf(`Bearer ${bearer}`))).status).toBe(200);
      const { reason, challenge } = await ask(requestOf(`DPoP ${bearer}`, proofOf(bearer)));
      expect([reason, events.at(-1)?.note]).toEqual(['token_binding_wrong', 'scheme DPoP']);
      expect(challenge).toContain(`${realm}, ${algs}, error="invalid_token"`);
    }
  });

  it.each<[string, string, Partial<GuardOptions>]>([
    ['dpop is required', 'not bound to a key', { dpop: { required: true } }],
    ['tokens must be bound', 'not bound', { senderConstrained: 'required' }],
  ])('is refused where %s', async (_name, note, options) => {
    const { ask, events } = createWorld(options);
    for (let n = 0; n < 3; n += 1) {
      expect((await ask(requestOf(`Bearer ${bearer}`))).reason).toBe('token_binding_wrong');
      expect(events.at(-1)?.note).toBe(note);
    }
    expect((await ask(requestOf(`DPoP ${keyBound}`, proofOf(keyBound)))).status).toBe(200);
  });

  it('is not named in the challenge if DPoP is required', async () => {
    const { ask } = createWorld({ dpop: { required: true } });
    const { challenge } = await ask(present({}));
    expect(challenge).toBe(
      `${algs}, realm="${audience}", resource_metadata="${audience}/.well-known/oauth-protected-resource", scope="buildings:read"`,
    );
  });
});

describe('a token with an unknown binding', () => {
  it.each([{}, { kid: 'a' }, { jwk: {} }])('is refused: cnf %j', async (cnf) => {
    const { ask } = createWorld();
    expect((await ask(requestOf(`Bearer ${issuer.token({ cnf })}`))).reason).toBe(
      'token_binding_wrong',
    );
  });

  it.each([null, 'a', [], { jkt: 1 }, { jkt: '' }, { jkt: null }, { 'x5t#S256': [] }])(
    'or cannot be read is refused: cnf %j',
    async (cnf) => {
      const { ask } = createWorld();
      expect((await ask(requestOf(`Bearer ${issuer.token({ cnf })}`))).reason).toBe(
        'token_malformed',
      );
    },
  );
});

describe('a token that is bound to a certificate (RFC 8705 §3)', () => {
  const shown = (der: Uint8Array | undefined): Partial<Presented> => ({ certificate: () => der });

  it('is accepted on a connection with its certificate, and on no other', async () => {
    const { ask, events } = createWorld();
    for (let n = 0; n < 3; n += 1) {
      const request = (der: Uint8Array | undefined) =>
        requestOf(`Bearer ${certificateBound}`, undefined, shown(der));
      expect((await ask(request(certificate))).status).toBe(200);
      for (const [der, note] of [
        [Buffer.from('another'), 'another certificate'],
        [Buffer.alloc(0), 'another certificate'],
        [undefined, 'no certificate'],
      ] as const) {
        expect((await ask(request(der))).reason).toBe('token_binding_wrong');
        expect(events.at(-1)?.note).toBe(note);
      }
    }
  });

  it('is accepted if tokens must be bound, but not if they must be bound to a key', async () => {
    const request = requestOf(`Bearer ${certificateBound}`, undefined, shown(certificate));
    expect((await createWorld({ senderConstrained: 'required' }).ask(request)).status).toBe(200);
    const { ask, events } = createWorld({ dpop: { required: true } });
    expect((await ask(request)).reason).toBe('token_binding_wrong');
    expect(events.at(-1)?.note).toBe('not bound to a key');
  });

  it('and to a key needs both', async () => {
    const token = issuer.token({ cnf: { jkt: prover.thumbprint, 'x5t#S256': x5t } });
    const { ask, events } = createWorld();
    const reasons = [];
    for (const [scheme, der, proof] of [
      ['DPoP', certificate, proofOf(token)],
      ['DPoP', undefined, proofOf(token)],
      ['DPoP', certificate, undefined],
      ['Bearer', certificate, undefined],
    ] as const) {
      const { reason } = await ask(requestOf(`${scheme} ${token}`, proof, shown(der)));
      reasons.push(reason && `${reason}: ${events.at(-1)?.note}`);
    }
    expect(reasons).toEqual([
      undefined,
      'token_binding_wrong: no certificate',
      'proof_invalid: not three parts',
      'token_binding_wrong: scheme Bearer',
    ]);
  });

  describe('behind a proxy', () => {
    const options = {
      certificate: { header: 'Client-Cert', trustedProxies: ['10.0.0.0/8', 'fd00::1'] },
    };
    const encoded = `:${certificate.toString('base64')}:`;

    async function reasonOf(
      remoteAddress: string | undefined,
      value: string | undefined,
      der?: Uint8Array,
    ) {
      const headers = {
        authorization: `Bearer ${certificateBound}`,
        'client-cert': value,
      } as never;
      const request = { ...present(headers), peerAddress: remoteAddress, certificate: () => der };
      return (await createWorld(options).ask(request)).reason ?? 'accepted';
    }

    it.each(['10.1.2.3', '::ffff:10.1.2.3', 'fd00::1'])(
      'at %s is trusted to send the certificate (RFC 9440)',
      async (proxy) => {
        expect(await reasonOf(proxy, encoded)).toBe('accepted');
      },
    );

    it.each(['11.0.0.1', '192.0.2.1', 'fd00::2', '::1', '', 'unix', undefined])(
      'but the header from %s is not trusted (RFC 9700 §4.13)',
      async (stranger) => {
        expect(await reasonOf(stranger, encoded)).toBe('token_binding_wrong');
        // A client that connects directly presents its own certificate.
        expect(await reasonOf(stranger, undefined, certificate)).toBe('accepted');
      },
    );

    it.each([
      undefined,
      '',
      '::',
      certificate.toString('base64'),
      `${encoded}, ${encoded}`,
      `${encoded};a=1`,
      `:${certificate.toString('base64url')}!:`,
      `:${Buffer.from('another').toString('base64')}:`,
    ])('with the header "%s" gets no certificate of this token', async (value) => {
      expect(await reasonOf('10.1.2.3', value)).toBe('token_binding_wrong');
    });

    it('is recognized by the connection, not by an address that the operator reads from headers', async () => {
      const headers = { authorization: `Bearer ${certificateBound}`, 'client-cert': encoded };
      const forged = { ...present(headers), remoteAddress: '10.1.2.3', peerAddress: '203.0.113.9' };
      expect((await createWorld(options).ask(forged)).reason).toBe('token_binding_wrong');
      const honest = { ...present(headers), remoteAddress: '203.0.113.9', peerAddress: '10.1.2.3' };
      expect((await createWorld(options).ask(honest)).status).toBe(200);
      // If the peer is unknown, there is no proxy.
      const unknown = { ...present(headers), remoteAddress: '10.1.2.3' };
      expect((await createWorld(options).ask(unknown)).reason).toBe('token_binding_wrong');
    });

    it('has its own certificate, which is not the client’s', async () => {
      expect(await reasonOf('10.1.2.3', undefined, certificate)).toBe('token_binding_wrong');
    });
  });
});

describe('with nonces (RFC 9449 §9)', () => {
  const options = { dpop: { nonceSecret: Buffer.alloc(32, 7) } };

  it('a proof without a nonce is refused with a new nonce, and accepted with it', async () => {
    const { ask } = createWorld(options);
    const first = await ask(requestOf(`DPoP ${keyBound}`, proofOf(keyBound)));
    expect([first.status, first.reason]).toEqual([401, 'proof_nonce_missing']);
    expect(first.challenge).toContain(`${algs}, error="use_dpop_nonce"`);
    const nonce = first.headers['dpop-nonce'];
    const second = await ask(requestOf(`DPoP ${keyBound}`, proofOf(keyBound, { nonce: nonce! })));
    expect([second.status, second.access?.headers]).toEqual([200, undefined]);
  });

  it('a nonce of the minute before is accepted and answered with the new one, and an older one is refused', async () => {
    const { ask, pass } = createWorld(options);
    const nonce = (await ask(requestOf(`DPoP ${keyBound}`, proofOf(keyBound)))).headers[
      'dpop-nonce'
    ]!;
    const answers = [];
    for (const later of [60, 120]) {
      pass(60);
      const nowSeconds = startedAt / 1000 + later;
      const dpop = proofOf(keyBound, { nonce, nowSeconds });
      answers.push(await ask(requestOf(`DPoP ${keyBound}`, dpop)));
    }
    const [former, old] = answers;
    expect(former?.status).toBe(200);
    expect(former?.headers['dpop-nonce']).toMatch(/^[\w-]{43}$/);
    expect(former?.headers['dpop-nonce']).not.toBe(nonce);
    expect(old?.reason).toBe('proof_nonce_missing');
  });

  it.each(['', 'a', 'x'.repeat(43)])('"%s" is not a valid nonce', async (nonce) => {
    const { ask } = createWorld(options);
    const { reason } = await ask(requestOf(`DPoP ${keyBound}`, proofOf(keyBound, { nonce })));
    expect(reason).toBe('proof_nonce_missing');
  });

  it('nonces of another secret are not valid', async () => {
    const other = createWorld({ dpop: { nonceSecret: 'another secret in the very same minute' } });
    const nonce = (await other.ask(requestOf(`DPoP ${keyBound}`, proofOf(keyBound)))).headers[
      'dpop-nonce'
    ]!;
    const { reason } = await createWorld(options).ask(
      requestOf(`DPoP ${keyBound}`, proofOf(keyBound, { nonce })),
    );
    expect(reason).toBe('proof_nonce_missing');
  });

  it('bearer tokens need no nonce', async () => {
    const { ask } = createWorld(options);
    expect((await ask(requestOf(`Bearer ${bearer}`))).status).toBe(200);
  });
});
