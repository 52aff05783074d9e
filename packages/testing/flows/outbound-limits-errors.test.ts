/**
 * Addresses that this server fetches because an unknown caller named them: never often enough to
 * flood an external host.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import { assertionOf } from './client-assertions.ts';
import {
  createDynamicClients,
  createOutside,
  type OutsideWorld,
  register,
  remember,
  webApp,
} from './dynamic-clients.ts';
import { authorizeLink } from './sunrise.ts';

let outside: OutsideWorld;
let platform: TestPlatform;
beforeEach(async () => {
  outside = createOutside();
  platform = await createDynamicClients(
    {
      features: { clientIdDocuments: true, requestObjects: true },
      registration: { limit: { perSecond: 1000, burst: 1000 } },
    },
    outside,
  );
});
afterEach(() => platform.close());

const [redirect_uri] = webApp.redirect_uris;
const many = Array.from({ length: 50 }, (_, index) => index);
const askedOf = (hostname: string) =>
  outside.asked.filter((url) => new URL(url).hostname === hostname);
const visit = (client_id: string, more: Readonly<Record<string, string>> = {}) =>
  platform.browser().get(authorizeLink({ client_id, redirect_uri, scope: 'openid', ...more }));

describe('the server calls one host at most 20 times at once, and then once a second', () => {
  it('for client documents, regardless of the port, the case and the trailing dot of the host (§8.6)', async () => {
    for (const at of many)
      await visit(
        `https://${at % 2 === 0 ? 'victim.example' : 'Victim.Example.'}:${1000 + at}/${at}`,
      );
    expect(outside.asked).toHaveLength(20);
    platform.clock.advance(1);
    await visit('https://victim.example/again');
    await visit('https://victim.example/and-again');
    expect(outside.asked.at(-1)).toBe('https://victim.example/again');
  });

  it.each([
    ['a wildcard of one domain counts as one', (n: number) => `h${n}.victim.example`, 20],
    ['it does under a suffix of two labels', (n: number) => `h${n}.victim.co.uk`, 20],
    ['with labels that no DNS name has, too', (n: number) => `h${n}-.victim.example`, 20],
    ['customers of one platform count apart', (n: number) => `customer${n}.github.io`, 50],
    ['addresses without a name count apart', (n: number) => `203.0.113.${n}`, 50],
  ])('for client documents, counted by registrable domain: %s', async (_, hostOf, asked) => {
    for (const n of many) {
      const id = `https://${hostOf(n)}/client`;
      const address = `198.51.${n}.7`;
      const link = authorizeLink({ client_id: id, redirect_uri, scope: 'openid' });
      await platform.browser(address).get(link);
    }
    expect(outside.asked).toHaveLength(asked);
  });

  it('but up to 200 times at once for client documents of one domain that were read before', async () => {
    const ids = Array.from({ length: 300 }, (_, n) => `https://h${n}.victim.example/client`);
    const ask = async (id: string, n: number) => {
      const link = authorizeLink({ client_id: id, redirect_uri, scope: 'openid' });
      await platform.browser(`198.51.${n % 200}.7`).get(link);
    };
    for (const [n, id] of ids.entries()) {
      outside.site.set(id, JSON.stringify({ ...webApp, client_id: id }));
      platform.clock.advance(1);
      await ask(id, n);
    }
    platform.clock.advance(700);
    outside.asked.length = 0;
    for (const [n, id] of ids.entries()) await ask(id, n);
    expect(outside.asked).toHaveLength(200);
  });

  it('for request objects of a client that is not reviewed, although the client registered their address', async () => {
    const address = 'https://victim.example/object';
    const { json } = await register(platform, { ...webApp, request_uris: [address] });
    const answers = await Promise.all(
      many.map(() => visit(String(json['client_id']), { request_uri: address })),
    );
    expect(askedOf('victim.example').length).toBeLessThanOrEqual(20);
    expect(answers.at(-1)?.status).toBe(429);
    expect(answers.at(-1)?.headers['retry-after']).toBeDefined();
  });

  it('for sector identifier documents: the caller that registers must retry later', async () => {
    const sector_identifier_uri = 'https://victim.example/sector.json';
    const said = { ...webApp, subject_type: 'pairwise', sector_identifier_uri };
    for (const _ of many.slice(0, 20)) expect((await register(platform, said)).status).toBe(400);
    const answer = await register(platform, said);
    expect([answer.status, answer.json['error']]).toEqual([429, 'slow_down']);
    expect(askedOf('victim.example')).toHaveLength(20);
  });

  it('for the keys of many clients whose ids are addresses', async () => {
    const ids = many.map((at) => `https://agent-${at}.example/client.json`);
    for (const client_id of ids) {
      const jwks_uri = `https://victim.example/jwks?${new URL(client_id).hostname}`;
      const document = { client_id, redirect_uris: [redirect_uri], jwks_uri };
      outside.site.set(
        client_id,
        JSON.stringify({ ...document, token_endpoint_auth_method: 'private_key_jwt' }),
      );
      const form = {
        grant_type: 'authorization_code',
        code: 'x',
        ...assertionOf(platform, client_id),
      };
      await platform.post('/token', form);
    }
    expect(outside.asked.filter((url) => ids.includes(url))).toHaveLength(50);
    expect(askedOf('victim.example')).toHaveLength(20);
  });
});

describe('a client that the server already knows', () => {
  const address = 'https://agents.aria.example/client.json';
  const publish = () =>
    outside.site.set(
      address,
      JSON.stringify({ client_id: address, client_name: 'Aria', redirect_uris: [redirect_uri] }),
    );

  it('is read again, although other callers invented many ids at its host in the meantime', async () => {
    publish();
    expect((await visit(address)).status).toBe(303);
    platform.clock.advance(3600);
    for (const at of many) await visit(`https://agents.aria.example/${at}`);
    expect((await visit(address)).status).toBe(303);
    expect(outside.asked.filter((url) => url === address)).toHaveLength(2);
  });

  it('is not fetched more often than other addresses when its document is gone', async () => {
    publish();
    await visit(address);
    outside.site.set(address, new Error('ECONNREFUSED'));
    platform.clock.advance(3600);
    for (const _ of many) await visit(address);
    // Once as a known client. After that it is one of many invented ids of its host.
    expect(outside.asked.filter((url) => url === address)).toHaveLength(22);
  });

  it('has its own share of the outbound requests when other clients name 200 hosts that never answer', async () => {
    publish();
    await visit(address);
    const hanging = new Promise<never>(() => undefined);
    const answering = { ...outside };
    outside.send = (url, request) => (url === address ? answering.send(url, request) : hanging);
    for (let at = 0; at < 300; at += 1) void visit(`https://slow-${at}.example/client.json`);
    platform.clock.advance(3600);
    expect((await visit(address)).status).toBe(303);
  });

  it('may name any request object when an administrator made it third-party', async () => {
    const requestUri = 'https://heatlens.example/object';
    const id = remember(
      platform,
      (await register(platform, { ...webApp, request_uris: [requestUri] })).json,
    );
    const client = await platform.store.clients.load(id);
    if (client === undefined) throw new Error('not registered');
    await platform.store.clients.save({ ...client, trust: 'third-party' });
    await Promise.all(many.map(() => visit(id, { request_uri: requestUri })));
    expect(askedOf('heatlens.example')).toHaveLength(50);
  });
});
