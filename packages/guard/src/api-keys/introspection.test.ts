import { randomBytes } from 'node:crypto';
import { makeApiKey } from '@keywright/jwt';
import { describe, expect, it } from 'vitest';
import {
  audience,
  createStage as create,
  issuer,
  seal,
  settle,
  startedAt,
} from './testing-parts/issuer.ts';

const createStage = () => create({ by: 'introspection' });
const path = '/introspect';

describe('an API key that the guard introspects', () => {
  it('identifies the caller like a key of the manifest', async () => {
    const [asking, following] = [createStage(), create()];
    const key = asking.issuer.issue({ exp: 1_900_000_000 });
    following.issuer.keys.set(key.id, key);
    const [one, other] = [
      await asking.authenticate(key.text),
      await following.authenticate(key.text),
    ];
    expect(one).toEqual(other);
  });

  it('is sent to the address in the metadata, only in the body, with the credentials of this API’s client', async () => {
    const stage = createStage();
    const key = stage.issuer.issue();
    expect(await stage.outcome(key.text)).toBe('collector');
    const [asked] = stage.issuer.asked(path);
    expect(asked).toMatchObject({
      url: `${issuer}/introspect`,
      method: 'POST',
      accept: 'application/json',
    });
    expect(asked?.headers?.['authorization']).toMatch(/^Basic /);
    expect(asked?.body).toBe(`token=${key.text}&token_type_hint=api_key`);
    expect(JSON.stringify([asked?.url, asked?.headers])).not.toContain(key.text);
  });

  it('may be sent to an address that the operator configures', async () => {
    const introspect = { endpoint: `${issuer}/introspect?internal` };
    const client = { id: 'a', secret: 'b' };
    const stage = create({ by: 'introspection' }, { issuer: { issuer, client, introspect } });
    expect(await stage.outcome(stage.issuer.issue().text)).toBe('collector');
    expect(stage.issuer.sent.map(({ url }) => url)).toEqual([
      introspect.endpoint,
      `${issuer}/api-keys/usage`,
    ]);
  });

  it('is cached for less than 3 s, so a revoked key is not accepted for longer', async () => {
    const stage = createStage();
    const key = stage.issuer.issue();
    await stage.outcome(key.text);
    stage.issuer.revoke(key);
    stage.issuer.pass(2.9);
    expect(await stage.outcome(key.text)).toBe('collector');
    expect(stage.issuer.asked(path)).toHaveLength(1);
    stage.issuer.pass(0.1);
    expect(await stage.outcome(key.text)).toBe('api_key_invalid');
  });

  it('is not cached after its end', async () => {
    const stage = createStage();
    const key = stage.issuer.issue({ exp: startedAt / 1000 + 1 });
    expect(await stage.outcome(key.text)).toBe('collector');
    stage.issuer.pass(1);
    expect(await stage.outcome(key.text)).toBe('api_key_expired');
  });

  it('that is invalid is cached too', async () => {
    const stage = createStage();
    const key = stage.issuer.issue();
    stage.issuer.revoke(key);
    for (let n = 0; n < 10; n += 1) expect(await stage.outcome(key.text)).toBe('api_key_invalid');
    expect(stage.issuer.asked(path)).toHaveLength(1);
  });

  it('that many requests send at once is introspected once', async () => {
    const stage = createStage();
    const key = stage.issuer.issue();
    await Promise.all(Array.from({ length: 100 }, () => stage.outcome(key.text)));
    expect(stage.issuer.asked(path)).toHaveLength(1);
  });

  it('may be sealed, and works only from its networks', async () => {
    const stage = createStage();
    const key = stage.issuer.issue({ networks: ['10.0.0.0/8'] });
    expect(await stage.outcome(seal(key))).toBe('api_key_network_forbidden');
    expect(await stage.outcome(seal(key), { remoteAddress: '10.0.0.1' })).toBe('collector');
  });
});

describe('an answer of the issuer', () => {
  it.each<[string, Record<string, unknown>]>([
    ['active as text', { active: 'true' }],
    ['active as a number', { active: 1 }],
    ['of an access token', { token_type: 'Bearer' }],
    ['of no type', { token_type: undefined }],
    ['for another API', { aud: 'https://other.example' }],
    ['for no API', { aud: undefined }],
    ['for several, none of them this', { aud: ['https://other.example', `${audience}/`] }],
    ['of another key', { jti: 'AAAAAAAAAAAAAAAA' }],
    ['without an id', { jti: undefined }],
    ['without a client', { client_id: undefined }],
    ['with an end that is text', { exp: 'never' }],
    ['with a network that is none', { networks: ['everywhere'] }],
  ])('is refused: %s', async (_name, claims) => {
    const stage = createStage();
    stage.issuer.introspectionClaims = claims;
    expect(await stage.outcome(stage.issuer.issue().text)).toBe('api_key_invalid');
  });

  it('may name several APIs, including this one', async () => {
    const stage = createStage();
    stage.issuer.introspectionClaims = { aud: ['https://other.example', audience] };
    expect(await stage.outcome(stage.issuer.issue().text)).toBe('collector');
  });
});

describe('an issuer that cannot be reached', () => {
  it('is reported as the cause, and after a failure no request waits for a second, then it is tried again', async () => {
    const stage = createStage();
    const key = stage.issuer.issue();
    await stage.outcome(key.text);
    stage.issuer.isDown = true;
    stage.issuer.pass(3);
    const before = stage.issuer.asked(path).length;
    for (let n = 0; n < 100; n += 1)
      expect(await stage.outcome(key.text)).toBe('api_keys_unavailable');
    expect(stage.issuer.asked(path)).toHaveLength(before + 1);
    stage.issuer.isDown = false;
    stage.issuer.pass(1);
    expect(await stage.outcome(key.text)).toBe('collector');
  });

  it('gets at most 64 questions at once, although callers invent keys', async () => {
    const stage = createStage();
    const keys = Array.from({ length: 500 }, () => stage.issuer.issue());
    const outcomes = await Promise.all(keys.map(({ text }) => stage.outcome(text)));
    expect(outcomes.filter((one) => one === 'collector')).toHaveLength(64);
    expect(outcomes.filter((one) => one === 'overloaded')).toHaveLength(436);
    await settle();
    expect(await stage.outcome(keys.at(-1)!.text)).toBe('collector');
  });

  it('is asked about a formerly valid key, however many keys are invented meanwhile', async () => {
    const stage = createStage();
    const [known, revoked] = [stage.issuer.issue(), stage.issuer.issue()];
    for (const { text } of [known, revoked]) expect(await stage.outcome(text)).toBe('collector');
    stage.issuer.revoke(revoked);
    stage.issuer.pass(3);
    expect(await stage.outcome(revoked.text)).toBe('api_key_invalid');
    // They push no useful entry out of memory.
    for (let n = 0; n < 12_000; n += 1) await stage.outcome(makeApiKey('live', randomBytes).text);
    stage.issuer.pass(3);
    const flood = Array.from({ length: 64 }, () =>
      stage.outcome(makeApiKey('live', randomBytes).text),
    );
    expect(await Promise.all([known, revoked].map(({ text }) => stage.outcome(text)))).toEqual([
      'collector',
      'overloaded',
    ]);
    expect(new Set(await Promise.all(flood))).toEqual(new Set(['api_key_invalid']));
  });
});
