/**
 * Addresses that are not a client id, and documents that do not describe a client (Client ID
 * Metadata Documents §3, §4, §8).
 */
import { createNetworks, createPublicOutbound } from '@keywright/jwt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestPlatform } from '../src/index.ts';
import { createDynamicClients, createOutside, type OutsideWorld } from './dynamic-clients.ts';
import { authorizeLink, redeem } from './sunrise.ts';

const address = 'https://agents.aria.example/client.json';
const redirect_uri = 'https://agents.aria.example/callback';
const document = { client_id: address, client_name: 'Aria', redirect_uris: [redirect_uri] };

let outside: OutsideWorld;
let platform: TestPlatform;
beforeEach(async () => {
  outside = createOutside(new Map([[address, JSON.stringify(document)]]));
  const options = {
    features: { clientIdDocuments: true, registration: 'off' },
    registration: { reservedNames: ['Sunrise'] },
  } as const;
  platform = await createDynamicClients(options, outside);
});
afterEach(() => platform.close());

const visit = (client_id: string) =>
  platform.browser().get(authorizeLink({ client_id, redirect_uri, scope: 'openid' }));

describe('an address as a client id', () => {
  it.each([
    ['another scheme', 'http://agents.aria.example/client.json'],
    ['no path', 'https://agents.aria.example'],
    ['a user', 'https://ada@agents.aria.example/client.json'],
    ['a user and a password', 'https://ada:secret@agents.aria.example/client.json'],
    ['a user without a name', 'https://@agents.aria.example/client.json'],
    ['a fragment', `${address}#x`],
    ['an empty fragment', `${address}#`],
    ['a dot segment', 'https://agents.aria.example/./client.json'],
    ['two dots', 'https://agents.aria.example/a/../client.json'],
    ['encoded dots', 'https://agents.aria.example/a/%2E%2e/client.json'],
    ['dots at its end', 'https://agents.aria.example/a/..'],
    ['a backslash', 'https://agents.aria.example\\client.json'],
    ['a space', 'https://agents.aria.example/client .json'],
    ['a line break', 'https://agents.aria.example/client\n.json'],
    ['letters of another alphabet', 'https://аria.example/client.json'],
    ['no host', 'https:///client.json'],
    ['more than an address needs', `https://agents.aria.example/${'a'.repeat(500)}`],
  ])('is refused with %s, and nothing is fetched (§3)', async (_, clientId) => {
    const answer = await visit(clientId);
    expect(answer.status).toBe(400);
    expect(answer.json['page']).toBe('error');
    expect(outside.asked).toEqual([]);
  });

  it('is compared character by character: another spelling is another client (§3)', async () => {
    const spelt = 'https://agents.aria.example:443/client.json';
    outside.site.set(spelt, JSON.stringify(document));
    expect((await visit(spelt)).reason).toBe('client_document_refused');
    expect((await visit(address)).status).toBe(303);
  });
});

describe('a client ID metadata document', () => {
  it.each([
    ['is no JSON', '{'],
    ['is no object', '[]'],
    [
      'has two members of one name',
      `{"client_id":"${address}","client_id":"${address}","redirect_uris":["${redirect_uri}"]}`,
    ],
    ['is nested too deeply', `{"client_id":"${address}","x":${'['.repeat(40)}${']'.repeat(40)}}`],
    ['is larger than 5 kilobytes (§8.7)', JSON.stringify({ ...document, x: 'x'.repeat(6000) })],
    ['has no client_id (§4)', JSON.stringify({ redirect_uris: [redirect_uri] })],
    ['has another client_id (§4)', JSON.stringify({ ...document, client_id: `${address}/` })],
    ['has a client_secret (§4.1)', JSON.stringify({ ...document, client_secret: 'x'.repeat(43) })],
    ['has an end of a secret (§4.1)', JSON.stringify({ ...document, client_secret_expires_at: 0 })],
    [
      'has client_secret_basic (§4.1)',
      JSON.stringify({ ...document, token_endpoint_auth_method: 'client_secret_basic' }),
    ],
    [
      'has client_secret_jwt (§4.1)',
      JSON.stringify({ ...document, token_endpoint_auth_method: 'client_secret_jwt' }),
    ],
    [
      'has a private key (§4.1)',
      JSON.stringify({
        ...document,
        jwks: { keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'AA', d: 'AA' }] },
      }),
    ],
    ['has no redirect URI', JSON.stringify({ client_id: address })],
    [
      'has javascript: as a redirect URI',
      JSON.stringify({ ...document, redirect_uris: ['javascript:alert(1)'] }),
    ],
    [
      'has a name that turns text around',
      JSON.stringify({ ...document, client_name: 'Aria\u202e' }),
    ],
    ['has a name of two alphabets', JSON.stringify({ ...document, client_name: 'Gоogle' })],
    [
      'has the name of the service',
      JSON.stringify({ ...document, client_name: 'Sunrise Security' }),
    ],
    [
      'has a policy that is a script',
      JSON.stringify({ ...document, policy_uri: 'javascript:alert(1)' }),
    ],
  ])('that %s is refused with a page, and the log says why', async (_, text) => {
    outside.site.set(address, text);
    const answer = await visit(address);
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ page: 'error', reason: 'client_document_refused' });
    expect(platform.events).toContainEqual(
      expect.objectContaining({ type: 'client_document.refused', host: 'agents.aria.example' }),
    );
  });

  it('cannot make its client more than an unverified client', async () => {
    outside.site.set(
      address,
      JSON.stringify({
        ...document,
        trust: 'first-party',
        kind: 'service',
        scope: 'openid buildings:read',
        publisher: 'Sunrise',
      }),
    );
    const narrow = await visit(address);
    expect(narrow.status).toBe(303);
    const wide = await platform
      .browser()
      .get(authorizeLink({ client_id: address, redirect_uri, scope: 'openid buildings:read' }));
    expect(wide.json).toMatchObject({ page: 'error', reason: 'scope_invalid' });
  });

  it('cannot use the sector of other hosts, and learn the pairwise subjects of that sector (Registration §5)', async () => {
    const sector_identifier_uri = 'https://bank.example/sector.json';
    outside.site.set(
      address,
      JSON.stringify({ ...document, subject_type: 'pairwise', sector_identifier_uri }),
    );
    outside.site.set(sector_identifier_uri, JSON.stringify(['https://bank.example/callback']));
    expect((await visit(address)).json).toMatchObject({
      page: 'error',
      reason: 'client_document_refused',
    });
    outside.site.set(sector_identifier_uri, JSON.stringify([redirect_uri]));
    expect((await visit(address)).status).toBe(303);
  });

  it('gets no answer at a redirect URI that it does not contain (§4.2)', async () => {
    const answer = await platform.browser().get(
      authorizeLink({
        client_id: address,
        redirect_uri: 'https://evil.example/',
        scope: 'openid',
      }),
    );
    expect(answer.json).toMatchObject({ page: 'error', reason: 'redirect_uri_mismatch' });
  });
});

describe('at the token endpoint, when documents are on,', () => {
  it.each([
    ['whose document cannot be read', 'https://gone.example/client.json'],
    ['that is no address of a client', 'https://gone.example'],
    ['that nobody knows', 'cli_0123456789'],
  ])(
    'a client %s is invalid_client with 401, after which agents start again',
    async (_, clientId) => {
      const answer = await redeem(platform, 'code', {}, clientId);
      expect([answer.status, answer.json['error']]).toEqual([401, 'invalid_client']);
    },
  );
});

describe('a request for a client document (§8.6, RFC 6890)', () => {
  const documentAt = (host: string) => `https://${host}/client.json`;

  it.each([
    '127.0.0.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '127.1',
    '169.254.169.254',
    '10.0.0.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:a9fe:a9fe]',
    '[fd00::1]',
    '[fe80::1]',
  ])('never connects to an address that is not public: %s', async (host) => {
    const own = await createDynamicClients(
      { features: { clientIdDocuments: true } },
      createPublicOutbound({ timeoutSeconds: 1 }),
    );
    const answer = await own
      .browser()
      .get(authorizeLink({ client_id: documentAt(host), redirect_uri, scope: 'openid' }));
    expect(answer.reason).toBe('client_document_refused');
    const told = own.events.find(({ type }) => type === 'client_document.refused');
    expect(told?.['note']).toMatch(/is not a public address/);
    await own.close();
  });

  it.each([[['127.0.0.1']], [['93.184.216.34', '127.0.0.1']], [['::1']]])(
    'never connects by a name with such an address, also when it has public ones: %j',
    async (addresses) => {
      const lookup = (
        _name: string,
        _options: object,
        callback: (error: null, found: { address: string; family: number }[]) => void,
      ) =>
        callback(
          null,
          addresses.map((one) => ({ address: one, family: one.includes(':') ? 6 : 4 })),
        );
      const own = await createDynamicClients(
        { features: { clientIdDocuments: true } },
        createPublicOutbound({ lookup, timeoutSeconds: 1 }),
      );
      await own.browser().get(
        authorizeLink({
          client_id: documentAt('rebound.example'),
          redirect_uri,
          scope: 'openid',
        }),
      );
      const told = own.events.find(({ type }) => type === 'client_document.refused');
      expect(told?.['note']).toMatch(/is not a public address/);
      await own.close();
    },
  );

  it('connects to the private addresses that the operator allowed by name', async () => {
    const opened = createNetworks(['127.0.0.0/8']);
    const own = await createDynamicClients(
      { features: { clientIdDocuments: true } },
      createPublicOutbound({ opened, timeoutSeconds: 1 }),
    );
    // No server listens there. The test only checks that the server tried.
    await own
      .browser()
      .get(authorizeLink({ client_id: documentAt('127.0.0.1:1'), redirect_uri, scope: 'openid' }));
    const told = own.events.find(({ type }) => type === 'client_document.refused');
    expect(told?.['note']).toMatch(/cannot be reached|did not answer/);
    await own.close();
  });
});

describe('hosts of client documents that do not answer', () => {
  const slow = (n: number) => `https://h${n}.slow${n}.example/client.json`;
  const link = (client_id: string) => authorizeLink({ client_id, redirect_uri, scope: 'openid' });
  const isSlow = (url: string) => url.includes('.slow');

  it('block no other client when one network names them, and stored documents are used meanwhile', async () => {
    const never = Promise.withResolvers<never>();
    let isAddressSlow = false;
    const world: OutsideWorld = {
      ...outside,
      send: (url, request) =>
        isSlow(url) || (isAddressSlow && url === address)
          ? never.promise
          : outside.send(url, request),
    };
    await platform.close();
    platform = await createDynamicClients(
      { features: { clientIdDocuments: true, registration: 'off' } },
      world,
    );
    const attacker = platform.browser('198.51.100.7');
    expect((await attacker.get(link(address))).status).toBe(303);
    // More than the limit of a network: simultaneous requests are counted, not their frequency.
    const waiting = Array.from({ length: 220 }, (_, n) => attacker.get(link(slow(n))));
    const other = 'https://agents.other.example/client.json';
    outside.site.set(other, JSON.stringify({ ...document, client_id: other }));
    expect((await platform.browser('203.0.113.9').get(link(other))).status).toBe(303);
    isAddressSlow = true;
    platform.clock.advance(700);
    expect((await attacker.get(link(address))).status).toBe(303);
    platform.clock.advance(3600);
    expect((await attacker.get(link(address))).reason).toBe('client_document_refused');
    never.reject(new Error('does not answer.'));
    const answers = await Promise.all(waiting);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([400]));
    // The slots are free again.
    isAddressSlow = false;
    expect((await attacker.get(link(address))).status).toBe(303);
  });

  it.each([
    ['a /48', (n: number) => `2001:db8:7:${n.toString(16)}::1`, 50],
    ['a /32', (n: number) => `2001:db8:${n.toString(16)}::1`, 100],
  ])(
    'leave outbound requests for others, from however many networks of %s the requests come',
    async (_, addressOf, places) => {
      const never = Promise.withResolvers<never>();
      let begun = 0;
      const world: OutsideWorld = {
        ...outside,
        send: (url, request) => {
          if (!isSlow(url)) return outside.send(url, request);
          begun += 1;
          return never.promise;
        },
      };
      await platform.close();
      platform = await createDynamicClients({ features: { clientIdDocuments: true } }, world);
      const waiting = Array.from({ length: 220 }, (_one, n) =>
        platform.browser(addressOf(n)).get(link(slow(n))),
      );
      expect((await platform.browser('203.0.113.9').get(link(address))).status).toBe(303);
      expect(begun).toBe(places);
      never.reject(new Error('does not answer.'));
      await Promise.all(waiting);
    },
  );

  it('do not keep a withdrawn document valid when the limit of the host is used up', async () => {
    const browser = platform.browser('198.51.100.7');
    expect((await browser.get(link(address))).status).toBe(303);
    outside.site.delete(address);
    platform.clock.advance(700);
    const answers = [];
    for (let n = 0; n < 60; n += 1) answers.push((await browser.get(link(address))).status);
    expect(new Set(answers)).toEqual(new Set([400]));
  });
});
