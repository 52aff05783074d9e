import { deflateSync } from 'node:zlib';
import {
  generateSigningKey,
  importKeySet,
  type OutboundReply,
  type OutboundRequest,
  type RemoteKeySet,
  signJwtSync,
} from '@keywright/jwt';
import { beforeEach, describe, expect, it } from 'vitest';
import type { GuardRefusal } from './guard-refusal.ts';
import { createStatusLists, type StatusListOptions } from './status-lists.ts';

const issuer = 'https://issuer.example';
const uri = `${issuer}/status-lists/buildings`;
const startedAt = 1_800_000_000_000;
const [key, strange] = await Promise.all([
  generateSigningKey('ES256'),
  generateSigningKey('ES256'),
]);
const published = importKeySet({ keys: [key.publicJwk] });
const keys: RemoteKeySet = {
  resolve: (kid, algorithm) => published.find(kid, algorithm),
  current: () => published,
};

let now: number;
let ended: Set<number>;
let isDown: boolean;
let claims: Record<string, unknown>;
let typ: string;
let signer: typeof key;
let asked: string[];
let failures: unknown[];

beforeEach(() => {
  now = startedAt;
  ended = new Set();
  isDown = false;
  claims = {};
  typ = 'statuslist+jwt';
  signer = key;
  asked = [];
  failures = [];
});

const pass = (seconds: number) => {
  now += seconds * 1000;
};
const settle = () => new Promise((resolve) => setImmediate(resolve));
const pack = (bytes: Uint8Array) => deflateSync(bytes).toString('base64url');

function listOf(entries: number): string {
  const bytes = new Uint8Array(entries / 8);
  for (const idx of ended) bytes[idx >> 3]! |= 1 << (idx & 7);
  return pack(bytes);
}

async function send(url: string, request: OutboundRequest): Promise<OutboundReply> {
  asked.push(url);
  if (isDown) throw new Error('down');
  const etag = `"${[...ended].join(' ')}"`;
  if (request.headers?.['if-none-match'] === etag)
    return { status: 304, text: '', etag, maxAgeSeconds: 5 };
  const iat = Math.floor(now / 1000);
  const all = {
    iss: issuer,
    sub: url,
    iat,
    exp: iat + 300,
    status_list: { bits: 1, lst: listOf(1024) },
    ...claims,
  };
  const text = signJwtSync(
    { kid: key.kid, algorithm: 'ES256', privateKey: signer.privateKey },
    typ,
    all,
  );
  return { status: 200, text, etag, maxAgeSeconds: 5 };
}

const create = (options: Partial<StatusListOptions> = {}) =>
  createStatusLists({
    send,
    clock: () => now,
    staleSeconds: 300,
    onFailed: (e) => failures.push(e),
    ...options,
  });

async function outcome(lists: ReturnType<typeof create>, idx = 7, address = uri): Promise<string> {
  return (await refusal(lists, idx, address))?.reason ?? 'alive';
}

async function refusal(
  lists: ReturnType<typeof create>,
  idx: number,
  address = uri,
): Promise<GuardRefusal | undefined> {
  try {
    await lists.check({ uri: address, idx }, issuer, keys);
    return undefined;
  } catch (error) {
    return error as GuardRefusal;
  }
}

describe('a status list', () => {
  it('accepts a token whose bit is not set, and refuses one whose bit is set (§7.1)', async () => {
    ended.add(7).add(1023);
    const lists = create();
    expect(await outcome(lists, 7)).toBe('token_ended');
    expect(await outcome(lists, 1023)).toBe('token_ended');
    for (const idx of [0, 6, 8, 15, 1022]) expect(await outcome(lists, idx)).toBe('alive');
    expect(asked).toEqual([uri]);
  });

  it('answers in the same turn of the event loop while its copy is young', async () => {
    const lists = create();
    await lists.check({ uri, idx: 1 }, issuer, keys);
    expect(lists.isAlive({ uri, idx: 2 }, issuer)).toBe(true);
  });

  it('is requested with its own media type, without credentials', async () => {
    let request: OutboundRequest | undefined;
    const lists = create({
      send: (url, sent) => {
        request = sent;
        return send(url, sent);
      },
    });
    await outcome(lists);
    expect(request).toMatchObject({ accept: 'application/statuslist+jwt' });
    expect(request?.headers).toEqual({});
  });

  it('reaches an API with many or few calls within 3 s of its answer', async () => {
    for (const quietSeconds of [0.5, 2.9, 3, 10, 3600]) {
      ended.clear();
      const lists = create();
      expect(await outcome(lists)).toBe('alive');
      ended.add(7);
      pass(quietSeconds);
      const endedAt = now;
      let refusedAt: number | undefined;
      while (refusedAt === undefined) {
        if ((await outcome(lists)) === 'token_ended') refusedAt = now;
        else pass(0.1);
        await settle();
      }
      expect(refusedAt - endedAt, `after ${quietSeconds} s`).toBeLessThanOrEqual(3000);
    }
  });

  it.each([
    [1, 'eNrbuRgAAhcBXQ', [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]],
    [2, 'eNo76fITAAPfAgc', [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]],
  ])('is parsed like the draft’s example with %i bits (§4.2)', async (bits, lst, statuses) => {
    claims = { status_list: { bits, lst } };
    const lists = create();
    for (const [idx, status] of statuses.entries()) {
      expect(await outcome(lists, idx), `index ${idx}`).toBe(
        status === 0 ? 'alive' : 'token_ended',
      );
    }
  });

  it.each([4, 8])('may have %i bits for each entry', async (bits) => {
    const bytes = new Uint8Array(16);
    const [live, dead] = [5, 6];
    bytes[Math.floor((dead * bits) / 8)] = 1 << ((dead * bits) % 8);
    claims = { status_list: { bits, lst: pack(bytes) } };
    const lists = create();
    expect(await outcome(lists, live)).toBe('alive');
    expect(await outcome(lists, dead)).toBe('token_ended');
  });

  it('may leave out its issuer, as in the examples of the draft', async () => {
    claims = { iss: undefined };
    expect(await outcome(create())).toBe('alive');
  });
});

describe('a status list that cannot be fetched', () => {
  it('causes a refusal for that reason, and never reports the token as invalid', async () => {
    isDown = true;
    const lists = create();
    expect(await outcome(lists)).toBe('status_unavailable');
    expect(failures).toHaveLength(1);
  });

  it('is used from its last copy for the stated time', async () => {
    ended.add(8);
    claims = { exp: startedAt / 1000 + 1000 };
    const lists = create({ staleSeconds: 100 });
    await outcome(lists);
    isDown = true;
    pass(99);
    expect(await outcome(lists, 7)).toBe('alive');
    expect(await outcome(lists, 8)).toBe('token_ended');
    pass(1);
    expect(await outcome(lists)).toBe('status_unavailable');
  });

  it('causes at most one request a second in a flood of checks', async () => {
    isDown = true;
    const lists = create();
    for (let n = 0; n < 1000; n += 1) await outcome(lists, n);
    expect(asked).toHaveLength(1);
  });
});

describe('an invalid status list', () => {
  const bomb = () => pack(new Uint8Array(5 * 1024 * 1024));
  it.each<[string, () => void]>([
    ['signed with another key', () => (signer = strange)],
    ['of another type', () => (typ = 'at+jwt')],
    ['without a type', () => (typ = '')],
    ['of another issuer', () => (claims = { iss: 'https://other.example' })],
    ['for another address', () => (claims = { sub: `${uri}2` })],
    ['without an address', () => (claims = { sub: undefined })],
    ['past its end', () => (claims = { exp: startedAt / 1000 - 6 })],
    ['without an end', () => (claims = { exp: undefined })],
    ['without a list', () => (claims = { status_list: undefined })],
    ['with a list that is null', () => (claims = { status_list: null })],
    [
      'with three bits',
      () => (claims = { status_list: { bits: 3, lst: pack(new Uint8Array(128)) } }),
    ],
    [
      'with bits as text',
      () => (claims = { status_list: { bits: '1', lst: pack(new Uint8Array(128)) } }),
    ],
    ['that is not compressed', () => (claims = { status_list: { bits: 1, lst: 'AAAA' } })],
    [
      'cut short',
      () => (claims = { status_list: { bits: 1, lst: pack(new Uint8Array(128)).slice(0, 8) } }),
    ],
    ['that is a bomb', () => (claims = { status_list: { bits: 1, lst: bomb() } })],
    [
      'that is too large',
      () => (claims = { status_list: { bits: 1, lst: 'A'.repeat(1_450_000) } }),
    ],
  ])('is refused: %s', async (_name, change) => {
    change();
    const lists = create();
    expect(await outcome(lists)).toBe('status_unavailable');
    expect(failures).toHaveLength(1);
  });

  it('may have 4 MiB after decompression', async () => {
    claims = { status_list: { bits: 1, lst: pack(new Uint8Array(4 * 1024 * 1024)) } };
    const lists = create();
    expect(await outcome(lists, 8 * 4 * 1024 * 1024 - 1)).toBe('alive');
  });

  it('does not replace a valid one', async () => {
    ended.add(7);
    const lists = create();
    expect(await outcome(lists)).toBe('token_ended');
    ended.add(8);
    signer = strange;
    pass(3);
    expect(await outcome(lists, 7)).toBe('token_ended');
    expect(await outcome(lists, 8)).toBe('alive');
  });
});

describe('an older status list', () => {
  it('does not make an ended token active again, although its signature is valid', async () => {
    const lists = create();
    const former = await send(uri, { accept: '' });
    pass(60);
    ended.add(7);
    expect(await outcome(lists)).toBe('token_ended');
    const replayed = create({
      send: async (url, request) => (now > startedAt + 61_000 ? former : send(url, request)),
    });
    expect(await outcome(replayed)).toBe('token_ended');
    for (let n = 0; n < 10; n += 1) {
      pass(4);
      expect(await outcome(replayed)).toBe('token_ended');
    }
  });
});

describe('an index beyond the list', () => {
  it('is looked up in a newer list, because the token may be newer than the copy', async () => {
    claims = { status_list: { bits: 1, lst: listOf(64) } };
    const lists = create();
    expect(await outcome(lists, 1)).toBe('alive');
    claims = { status_list: { bits: 1, lst: listOf(1024) } };
    ended.add(100);
    pass(1);
    expect(await outcome(lists, 101)).toBe('alive');
  });

  it('is refused as ended if the newer list says so', async () => {
    claims = { status_list: { bits: 1, lst: listOf(64) } };
    const lists = create();
    expect(await outcome(lists, 1)).toBe('alive');
    ended.add(100);
    claims = { status_list: { bits: 1, lst: listOf(1024) } };
    pass(1);
    expect(await outcome(lists, 100)).toBe('token_ended');
    expect(asked).toHaveLength(2);
  });

  it('is refused, but not as ended, if the newer list does not have it either', async () => {
    claims = { status_list: { bits: 1, lst: listOf(64) } };
    const lists = create();
    expect(await outcome(lists, 1)).toBe('alive');
    ended.add(100);
    claims = { status_list: { bits: 1, lst: listOf(128) } };
    pass(1);
    expect(await refusal(lists, 128)).toMatchObject({
      reason: 'status_unavailable',
      detail: { note: 'the status list has no such index' },
    });
    expect(asked).toHaveLength(2);
  });

  it('never counts as active, and causes at most one request a second', async () => {
    const lists = create();
    for (const idx of [1024, 1_000_000, Number.MAX_SAFE_INTEGER]) {
      expect(await outcome(lists, idx)).toBe('status_unavailable');
    }
    expect(asked).toHaveLength(1);
  });
});

describe('the address of a status list', () => {
  it.each([
    'https://evil.example/status-lists/a',
    'https://issuer.example.evil.example/a',
    'https://issuer.example@evil.example/a',
    'https://issuer.example:444/a',
    'http://issuer.example/a',
    'https://ISSUER.example/a',
    'https://issuer.example',
    'https://issuer.example\\@evil.example/a',
    'https://issuer.example/a/../b',
    'https://issuer.example/%2e%2e/b',
    'https://issuer.example/a#b',
    'https://issuer.example/a b',
    'file:///etc/passwd',
    '',
  ])('is refused outside of its issuer: "%s"', async (address) => {
    const lists = create();
    expect(await refusal(lists, 0, address)).toMatchObject({
      reason: 'status_unavailable',
      detail: { note: 'the status list is outside of the issuer' },
    });
    expect(asked).toEqual([]);
  });

  it('is below the path of its issuer, because one host may have two issuers', async () => {
    const lists = create();
    const tenant = `${issuer}/tenant`;
    const check = async (address: string) => lists.check({ uri: address, idx: 0 }, tenant, keys);
    claims = { iss: undefined };
    await expect(check(`${tenant}/status-lists/a`)).resolves.toBeUndefined();
    for (const foreign of [
      `${issuer}/status-lists/a`,
      `${issuer}/tenant2/a`,
      `${tenant}/../other/a`,
    ]) {
      await expect(check(foreign)).rejects.toMatchObject({ reason: 'status_unavailable' });
    }
  });

  it('is one of at most 64 that are cached for an issuer, including the newest', async () => {
    const lists = create();
    const check = (n: number) => outcome(lists, 0, `${issuer}/status-lists/${n}`);
    for (let n = 0; n < 1000; n += 1) await check(n);
    expect(asked).toHaveLength(1000);
    for (let n = 999; n >= 968; n -= 1) await check(n);
    expect(asked).toHaveLength(1000);
    for (let n = 0; n < 936; n += 1) await check(n);
    expect(asked).toHaveLength(1936);
  });
});
