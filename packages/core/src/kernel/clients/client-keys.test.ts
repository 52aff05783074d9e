import { generateKeyPairSync } from 'node:crypto';
import { JwtError } from '@keywright/jwt';
import { beforeEach, describe, expect, it } from 'vitest';
import { createHostLimits } from '../limits/hosts.ts';
import type { Client } from '../../model/entities.ts';
import type { OutboundRequest } from '../../model/outbound.ts';
import type { Event } from '../../model/ports.ts';
import { createClientKeys } from './client-keys.ts';
import type { ClientSettings } from '../../model/client-settings.ts';
import type { ClientKeys } from '../../model/services.ts';

const jwkOf = (kid: string, type: 'ec' | 'rsa' | 'ed25519' = 'ec') => {
  const { publicKey } =
    type === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : type === 'rsa'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : generateKeyPairSync('ed25519');
  return { ...publicKey.export({ format: 'jwk' }), kid };
};
const first = jwkOf('first');
const second = jwkOf('second');

function clientOf(settings: ClientSettings, id = 'meter'): Client {
  return { id, settings } as Client;
}

let now: number;
let asked: (OutboundRequest & { readonly url: string })[];
let events: Event[];
let answer: () => string;
let keys: ClientKeys;
beforeEach(() => {
  now = 1000;
  asked = [];
  events = [];
  answer = () => JSON.stringify({ keys: [first] });
  keys = createClientKeys({
    hostLimits: createHostLimits({ nowSeconds: () => now }),
    clock: { nowSeconds: () => now },
    events: { emit: (event) => void events.push(event) },
    outbound: {
      async send(url, request) {
        asked.push({ url, ...request });
        return { status: 200, text: answer(), maxAgeSeconds: undefined };
      },
    },
  });
});

describe('keys of a client in its registration', () => {
  it('are found by key id and algorithm, synchronously, and imported once', () => {
    const client = clientOf({ jwks: { keys: [first, second] } });
    const key = keys.resolve(client, 'first', 'ES256');
    expect(key).toMatchObject({ kid: 'first', algorithm: 'ES256' });
    expect(keys.resolve(client, 'first', 'ES256')).toBe(key);
    expect(keys.resolve(client, 'third', 'ES256')).toBeUndefined();
    expect(keys.resolve(client, undefined, 'ES256')).toBeUndefined();
  });

  it('need no key id if there is only one', () => {
    const client = clientOf({ jwks: { keys: [first] } });
    expect(keys.resolve(client, undefined, 'ES256')).toMatchObject({ kid: 'first' });
  });

  it('without alg are used for each algorithm of their type (RFC 7517 §4.4), and with alg only for that', () => {
    const rsa = jwkOf('rsa', 'rsa');
    const found = (jwk: object, algorithms: readonly string[]) =>
      algorithms.filter(
        (one) =>
          keys.resolve(clientOf({ jwks: { keys: [{ ...jwk }] } }), undefined, one) !== undefined,
      );
    expect(found(rsa, ['RS256', 'PS256', 'ES256'])).toEqual(['RS256', 'PS256']);
    expect(found({ ...rsa, alg: 'PS256' }, ['RS256', 'PS256'])).toEqual(['PS256']);
    expect(found(jwkOf('okp', 'ed25519'), ['EdDSA', 'Ed25519', 'ES256'])).toEqual([
      'EdDSA',
      'Ed25519',
    ]);
  });

  it('with either name of Ed25519 are used for both (RFC 9864 §2.2)', () => {
    for (const alg of ['EdDSA', 'Ed25519']) {
      const client = clientOf({ jwks: { keys: [{ ...jwkOf('okp', 'ed25519'), alg }] } });
      for (const one of ['EdDSA', 'Ed25519'])
        expect(keys.resolve(client, 'okp', one)).toMatchObject({ kid: 'okp' });
    }
  });

  it('may be of an unknown type, with any name', () => {
    const strange = ['constructor', 'toString', '__proto__'].map((kty) => ({ kty, kid: 'first' }));
    const client = clientOf({ jwks: { keys: [...strange, first] } });
    expect(keys.resolve(client, 'first', 'ES256')).toMatchObject({ kid: 'first' });
  });

  it('for encryption verify no signature, and are listed with the others', async () => {
    const client = clientOf({ jwks: { keys: [{ ...first, use: 'enc' }, second] } });
    expect(keys.resolve(client, 'first', 'ES256')).toBeUndefined();
    expect((await keys.jwks(client)).map(({ kid }) => kid)).toEqual(['first', 'second']);
  });

  it('are none where nothing was registered', async () => {
    expect(keys.resolve(clientOf({}), 'first', 'ES256')).toBeUndefined();
    expect(await keys.jwks({ id: 'plain' } as Client)).toEqual([]);
  });
});

describe('keys of a client at an address', () => {
  const client = clientOf({ jwksUri: 'https://meter.example/jwks' });

  it('are fetched when they are first needed, with a size limit, and cached', async () => {
    expect(await keys.resolve(client, 'first', 'ES256')).toMatchObject({ kid: 'first' });
    expect(keys.resolve(client, 'first', 'ES256')).not.toBeInstanceOf(Promise);
    expect(await keys.jwks(client)).toEqual([first]);
    expect(asked).toEqual([
      { url: 'https://meter.example/jwks', accept: 'application/json', maxBytes: 64 * 1024 },
    ]);
  });

  it('are listed as they are now: an unknown key id causes a new fetch', async () => {
    expect(await keys.jwks(client)).toEqual([first]);
    answer = () => JSON.stringify({ keys: [first, second] });
    now += 10;
    expect(await keys.jwks(client, ({ kid }) => kid === 'first')).toEqual([first]);
    expect(await keys.jwks(client, ({ kid }) => kid === 'second')).toEqual([first, second]);
    expect(asked).toHaveLength(2);
  });

  it('are cached separately for two clients with one address', async () => {
    await keys.resolve(client, 'first', 'ES256');
    await keys.resolve({ ...client, id: 'other' }, 'first', 'ES256');
    expect(asked).toHaveLength(2);
  });

  it('are cached for the last thousand clients', async () => {
    for (let index = 0; index < 1001; index += 1)
      await keys.resolve({ ...client, id: `client-${index}` }, 'first', 'ES256');
    await keys.resolve({ ...client, id: 'client-1000' }, 'first', 'ES256');
    expect(asked).toHaveLength(1001);
    await keys.resolve({ ...client, id: 'client-0' }, 'first', 'ES256');
    expect(asked).toHaveLength(1002);
  });

  it('stay cached when many unregistered clients follow', async () => {
    await keys.resolve(client, 'first', 'ES256');
    const stranger = { ...client, trust: 'unverified' } as const;
    for (let index = 0; index < 1001; index += 1) {
      now += 1;
      await keys.resolve({ ...stranger, id: `stranger-${index}` }, 'first', 'ES256');
    }
    // At once: they are at hand.
    expect(keys.resolve(client, 'first', 'ES256')).toMatchObject({ kid: 'first' });
  });

  it.each([
    ['no JSON', '<html>'],
    ['no JWK set', '[]'],
    ['nothing', 'null'],
    ['more than anybody needs', JSON.stringify({ keys: Array.from({ length: 51 }, () => first) })],
  ])('that are %s are unavailable, and the log names the client', async (_name, text) => {
    answer = () => text;
    await expect(keys.resolve(client, 'first', 'ES256')).rejects.toMatchObject({
      reason: 'keys_unavailable',
    });
    expect(events).toMatchObject([{ type: 'client_keys.not_fetched', clientId: 'meter' }]);
  });

  it('are unavailable where the server cannot send requests', async () => {
    const none = createClientKeys({
      hostLimits: createHostLimits({ nowSeconds: () => now }),
      clock: { nowSeconds: () => now },
      events: { emit: () => undefined },
    });
    await expect(none.jwks(client)).rejects.toBeInstanceOf(JwtError);
  });
});
