/**
 * That no option of the client stands for less than it says because it is missing, empty or of
 * another kind.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { generateDecryptionKey, importAgreementKeys, makeApiKey } from '@keywright/jwt';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createApiKeyExchange,
  createApiKeyFetch,
  createDpopProver,
  exchangeApiKey,
  sealApiKey,
} from './index.ts';

const apiKey = makeApiKey('live', randomBytes).text;
const [key = {}] = importAgreementKeys([generateDecryptionKey()]).publicJwks;

const other = fc.oneof(
  fc.constantFrom<unknown>(null, '', Number.NaN, -1, true, 0n, Symbol('none')),
  fc.constantFrom<unknown>([], {}, [undefined], new Map(), new Date(0)),
);
const orUndefined = fc.oneof(other, fc.constant(undefined));

function faultOf(create: () => unknown): string {
  try {
    create();
    return 'taken';
  } catch (error) {
    return error instanceof TypeError ? error.message : `no TypeError: ${String(error)}`;
  }
}

const resource = 'https://api.example';
const issuer = 'https://issuer.example';
const seal = {
  apiKey,
  audience: resource,
  method: 'GET',
  url: `${resource}/a`,
  key,
  nowSeconds: 1,
  jti: 'one',
};

describe('the options of the client package', () => {
  it.each<
    [string, (options: never) => unknown, object, Readonly<Record<string, fc.Arbitrary<unknown>>>]
  >([
    [
      'sealApiKey',
      sealApiKey,
      seal,
      {
        apiKey: orUndefined,
        // Without it the key would be sealed for nobody: any API that can open it could use it.
        audience: orUndefined,
        method: orUndefined,
        url: orUndefined,
        key: orUndefined,
        nowSeconds: other,
        jti: other,
      },
    ],
    [
      'createApiKeyFetch',
      createApiKeyFetch,
      { apiKey, resource },
      { apiKey: orUndefined, resource: orUndefined, fetch: other, clock: other },
    ],
    [
      'createApiKeyExchange',
      createApiKeyExchange,
      { apiKey, issuer },
      { apiKey: orUndefined, issuer: orUndefined, scope: other, fetch: other, clock: other },
    ],
  ])('of %s are refused by name when they are invalid', (_name, create, good, rows) => {
    expect(faultOf(() => create(good as never))).toBe('taken');
    for (const [name, values] of Object.entries(rows)) {
      const property = fc.property(values, (value) => {
        expect(faultOf(() => create({ ...good, [name]: value } as never))).toMatch(
          new RegExp(`^${name}: `, 'm'),
        );
      });
      fc.assert(property, { seed: 11, numRuns: 50 });
    }
  });

  it.each<[string, (options: never) => unknown, object, string]>([
    [
      'sealApiKey',
      sealApiKey,
      { ...seal, nowSecond: 1 },
      'nowSecond: no such option; the nearest is nowSeconds.',
    ],
    [
      'createApiKeyFetch',
      createApiKeyFetch,
      { apiKey, resource, audience: resource },
      'audience: no such option; the nearest is resource.',
    ],
    [
      'createApiKeyExchange',
      createApiKeyExchange,
      { apiKey, issuer, scopes: 'a' },
      'scopes: no such option; the nearest is scope.',
    ],
    [
      'createDpopProver',
      createDpopProver,
      { algorithm: 'ES256', privatekey: 1 },
      'privatekey: no such option; the nearest is privateKey.',
    ],
  ])(
    'of %s are refused under another name, and the most similar name is suggested',
    (_name, create, options, fault) => {
      expect(faultOf(() => create(options as never))).toBe(fault);
    },
  );

  it('of a proof are refused under another name, because a proof without its token would be wrong', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const prover = createDpopProver({ algorithm: 'ES256', privateKey });
    const request = { method: 'GET', url: resource, nowSeconds: 1, jti: 'a', accesToken: 'token' };
    expect(faultOf(() => prover.prove(request))).toBe(
      'accesToken: no such option; the nearest is accessToken.',
    );
  });

  it('are refused with all problems at once', () => {
    const create = (options: object) => faultOf(() => createApiKeyFetch(options as never));
    expect(create({ apikey: apiKey, fetch: 1 }).split('\n')).toEqual([
      'apikey: no such option; the nearest is apiKey.',
      expect.stringMatching(/^apiKey: /),
      'resource: an https address.',
      'fetch: a function.',
    ]);
    for (const options of [undefined, null, '', []]) {
      expect(create(options as never)).toBe('options: an object.');
      expect(faultOf(() => sealApiKey(options as never))).toBe('options: an object.');
    }
  });

  it('are checked before a request is sent', async () => {
    const sent: unknown[] = [];
    const fetch = async (address: unknown) => {
      sent.push(address);
      return new Response();
    };
    await expect(exchangeApiKey({ apiKey, issuer, scope: '', fetch })).rejects.toThrow('scope: ');
    expect(sent).toEqual([]);
  });
});
