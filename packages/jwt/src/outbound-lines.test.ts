/** Attacks by a redirect or a kept connection, on real connections with TLS. */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createNetworks } from './networks.ts';
import { createOutbound } from './outbound.ts';
import type { Lookup } from './public-lookup.ts';
import { createPublicOutbound } from './public-outbound.ts';
import { createAuthority } from './testing-parts/certificates.ts';

const authority = createAuthority('Test authority');
const { cert, key } = authority.issue({
  subject: [['CN', '127.0.0.1']],
  addresses: [[127, 0, 0, 1]],
});
const trusted = getCACertificates('default');
beforeAll(() => setDefaultCACertificates([...trusted, authority.certificate.cert]));
afterAll(() => setDefaultCACertificates(trusted));

interface Line {
  readonly origin: string;
  readonly seen: readonly IncomingMessage[];
}

async function listen(isSecure: boolean, answer: RequestListener): Promise<Line> {
  const seen: IncomingMessage[] = [];
  const listener: RequestListener = (request, response) => {
    seen.push(request);
    answer(request, response);
  };
  const server: Server = isSecure
    ? createSecureServer({ cert, key }, listener)
    : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { origin: `${isSecure ? 'https' : 'http'}://127.0.0.1:${port}`, seen };
}

const json: RequestListener = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
};
const redirectTo =
  (location: string): RequestListener =>
  (_request, response) => {
    response.writeHead(302, { location }).end();
  };
const fault = (name: string) => expect.objectContaining({ name: 'OutboundError', fault: name });

describe('a redirect over TLS', () => {
  const credentials = { accept: 'application/json', headers: { authorization: 'Bearer secret' } };

  it('is followed from https to https, and the credentials are sent only to the first origin', async () => {
    const other = await listen(true, json);
    const first = await listen(true, redirectTo(`${other.origin}/keys`));
    const { send } = createOutbound({ maxRedirects: 1 });
    expect((await send(first.origin, credentials)).status).toBe(200);
    expect(first.seen[0]?.headers.authorization).toBe('Bearer secret');
    expect(other.seen[0]?.url).toBe('/keys');
    expect(other.seen[0]?.headers).not.toHaveProperty('authorization');
  });

  it('keeps the credentials within the origin that was asked', async () => {
    const line = await listen(true, (request, response) =>
      (request.url === '/' ? redirectTo('/keys') : json)(request, response),
    );
    await createOutbound({ maxRedirects: 1 }).send(line.origin, credentials);
    expect(line.seen.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer secret',
      'Bearer secret',
    ]);
  });

  it('is not followed from https to http, or from http to https', async () => {
    const plain = await listen(false, json);
    const secure = await listen(true, redirectTo(plain.origin));
    const { send } = createOutbound({ maxRedirects: 1 });
    await expect(send(secure.origin, credentials)).rejects.toEqual(fault('redirect_refused'));
    const target = await listen(true, json);
    const upwards = await listen(false, redirectTo(target.origin));
    await expect(send(upwards.origin, credentials)).rejects.toEqual(fault('redirect_refused'));
    expect([...plain.seen, ...target.seen]).toEqual([]);
  });
});

describe('a connection', () => {
  it('to an address that somebody else chose is not kept, because its name may have another address later', async () => {
    const line = await listen(false, json);
    let address = '127.0.0.1';
    const lookup: Lookup = (_hostname, _options, callback) =>
      callback(null, [{ address, family: 4 }]);
    const { fetchJson } = createPublicOutbound({
      lookup,
      opened: createNetworks(['127.0.0.1/32']),
    });
    const url = line.origin.replace('127.0.0.1', 'keys.example');
    await fetchJson(url);
    address = '10.0.0.1';
    await expect(fetchJson(url)).rejects.toEqual(fault('address_refused'));
    expect(line.seen).toHaveLength(1);
  });
});
