import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNetworks } from './networks.ts';
import { createPublicOutbound } from './public-outbound.ts';
import type { Lookup } from './public-lookup.ts';

const server = createServer((_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
});
let port: number;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => server.close());

const named =
  (...addresses: readonly string[]): Lookup =>
  (_name, _options, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
const opened = createNetworks(['127.0.0.0/8']);
const refused = expect.objectContaining({ fault: 'address_refused' }) as unknown;

describe('networks that were opened by name', () => {
  it('are reached by address and by name, and nothing else that is not public is', async () => {
    const outbound = createPublicOutbound({ opened, lookup: named('127.0.0.1') });
    expect(await outbound.fetchJson(`http://127.0.0.1:${port}/`)).toMatchObject({ body: {} });
    expect(await outbound.fetchJson(`http://bench.example:${port}/`)).toMatchObject({ body: {} });
    await expect(outbound.fetchJson('http://10.0.0.1/')).rejects.toEqual(refused);
    await expect(outbound.fetchJson('http://[::1]/')).rejects.toEqual(refused);
    await expect(outbound.fetchJson('http://169.254.169.254/')).rejects.toEqual(refused);
  });

  it('open no name that has another address beside', async () => {
    const outbound = createPublicOutbound({ opened, lookup: named('127.0.0.1', '10.0.0.1') });
    await expect(outbound.fetchJson(`http://bench.example:${port}/`)).rejects.toEqual(refused);
  });

  it('are none by default', async () => {
    const outbound = createPublicOutbound({ lookup: named('127.0.0.1') });
    await expect(outbound.fetchJson(`http://127.0.0.1:${port}/`)).rejects.toEqual(refused);
    await expect(outbound.fetchJson(`http://bench.example:${port}/`)).rejects.toEqual(refused);
  });
});
