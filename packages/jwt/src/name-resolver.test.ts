import { createSocket } from 'node:dgram';
import type { LookupAddress } from 'node:dns';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNameResolver } from './name-resolver.ts';
import type { Lookup } from './public-lookup.ts';

const types = { a: 1, aaaa: 28 };
/**
 * The DNS records of each name: the octets of addresses by type. Queries for `silent.…` are never
 * answered.
 */
const zone: Readonly<Record<string, Readonly<Record<number, readonly number[]>>>> = {
  'both.example': {
    [types.a]: [93, 184, 216, 34],
    [types.aaaa]: [0x26, 0x06, ...Array<number>(13).fill(0), 1],
  },
  'here.example': { [types.a]: [127, 0, 0, 1] },
};

/** A name server that knows the zone (RFC 1035 §4.1). */
const server = createSocket('udp4', (query, { port, address }) => {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  const name = labels.join('.').toLowerCase();
  if (name.startsWith('silent')) return;
  const type = query.readUInt16BE(at + 1);
  const known = zone[name];
  const data = known?.[type];
  const flags = known === undefined ? 0x8183 : 0x8180;
  const counts = [flags, 1, data === undefined ? 0 : 1, 0, 0].flatMap((one) => [
    one >> 8,
    one & 255,
  ]);
  const answer =
    data === undefined ? [] : [0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length, ...data];
  const question = query.subarray(12, at + 5);
  server.send(
    Buffer.concat([query.subarray(0, 2), Buffer.from(counts), question, Buffer.from(answer)]),
    port,
    address,
  );
});
let resolve: Lookup;
beforeAll(async () => {
  await new Promise<void>((listening) => server.bind(0, '127.0.0.1', listening));
  resolve = createNameResolver({
    servers: [`127.0.0.1:${server.address().port}`],
    timeoutMilliseconds: 300,
  });
});
afterAll(() => server.close());

const find = (name: string) =>
  new Promise<LookupAddress[]>((found, failed) =>
    resolve(name, { all: true }, (error, addresses) =>
      error === null ? found(addresses) : failed(error),
    ),
  );

describe('a name', () => {
  it('has every address of both families, so that each of them can be checked', async () => {
    expect(await find('both.example')).toEqual([
      { address: '93.184.216.34', family: 4 },
      { address: '2606::1', family: 6 },
    ]);
    expect(await find('here.example')).toEqual([{ address: '127.0.0.1', family: 4 }]);
  });

  it.each(['localhost', 'LOCALHOST', 'app.localhost', 'localhost.'])(
    'of this machine is that of this machine, and no name server is asked: %s (RFC 6761 §6.3)',
    async (name) => {
      expect((await find(name)).map(({ address }) => address)).toEqual(['127.0.0.1', '::1']);
    },
  );

  it('that does not exist has none', async () => {
    await expect(find('nowhere.example')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  it('without an answer delays no other name, and no work of the thread pool', async () => {
    let isOver = false;
    const silent = Promise.allSettled(
      Array.from({ length: 20 }, (_, at) => find(`silent-${at}.example`)),
    );
    void silent.then(() => (isOver = true));
    expect(await find('here.example')).toHaveLength(1);
    await readFile(import.meta.filename);
    expect(isOver).toBe(false);
    expect((await silent).every(({ status }) => status === 'rejected')).toBe(true);
  });
});
