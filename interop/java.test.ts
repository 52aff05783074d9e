/**
 * `keywright serve` and Java libraries: Spring Security (client and resource server), Vert.x, and
 * the SDK of Nimbus.
 */
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { decodeJwt, importJWK, SignJWT } from 'jose';
import * as openid from 'openid-client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ada,
  bills,
  configure,
  createGiven,
  type Given,
  partner,
  rooms,
} from './java/configuration.ts';
import { build, buildSeconds, run, start } from './java/program.ts';
import { apiArguments, clientArguments } from './java/spring.ts';
import { findFreePorts } from './ports.ts';
import { end, waitForAnswer } from './process.ts';
import { prepareServer, type ServerFolder } from './server-process.ts';
import { type PageSeen, Visitor } from './visitor.ts';

const isAskedFor = process.env['TESTS_JAVA'] === 'required';
if (!isAskedFor)
  process.stderr.write(
    'What Java’s libraries do is left out: Maven fetches them. TESTS_JAVA=required asks for it (Java 17, Maven 3.8).\n',
  );

const nimbus = [
  'reads the metadata, and loses no member of it',
  'signs in by code and PKCE, refreshes, asks userinfo, revokes',
  'authenticates by each method',
  'pushes its request',
  'signs its request, and reads a signed answer',
  'binds its tokens to a key, with the server’s nonce',
  'asks for single things',
  'signs the person out',
  'works as FAPI 2.0 has it',
  'gets a token on its own account',
  'introspects a token',
  'exchanges a token',
  'brings an assertion as a grant',
  'registers itself, reads, changes and deletes that',
  'signs in on another device',
  'waits for somebody who is elsewhere',
];
const vertx = [
  'signs in by code and PKCE, asks userinfo, refreshes, signs out',
  'gets a token on its own account, and verifies it as the API',
  'introspects a token',
];

describe.skipIf(!isAskedFor)('clients in Java', () => {
  let given: Given;
  let folder: ServerFolder;
  let server: ChildProcess | undefined;
  let at: string;
  let springPort: number;
  let apiPort: number;
  beforeAll(async () => {
    await build();
    const ports = await findFreePorts(3);
    [springPort = 0, apiPort = 0] = ports;
    given = await createGiven();
    folder = prepareServer(ports[2] ?? 0, configure(given, `http://localhost:${springPort}`));
    at = mkdtempSync(path.join(tmpdir(), 'keywright-java-'));
    server = await folder.start();
  }, buildSeconds * 1000);
  afterAll(async () => {
    if (server !== undefined) await end(server, 'SIGTERM');
    folder?.remove();
    if (at !== undefined) rmSync(at, { recursive: true, force: true });
  });

  describe.each([
    ['NimbusFlows', nimbus],
    ['VertxFlows', vertx],
  ])('%s', (program, flows) => {
    let outcomes: ReadonlyMap<string, string>;
    beforeAll(async () => {
      const told = { issuer: folder.issuer, ...given, api: rooms, other_api: bills, partner };
      outcomes = await run(program, told, folder.issuer, at);
    }, 180_000);

    it.each(flows)('complete: %s', (flow) => expect(outcomes.get(flow)).toBe('done'));

    it('are complete, and no other flow runs', () => expect([...outcomes.keys()]).toEqual(flows));
  });

  describe('Spring Boot', () => {
    const running: ChildProcess[] = [];
    let client: string;
    let api: string;
    /** Ada's browser, at the application and at the issuer. */
    let here: Visitor;
    let there: Visitor;
    beforeAll(async () => {
      [client, api] = [`http://localhost:${springPort}`, `http://localhost:${apiPort}`];
      for (const [program, args, ready] of [
        [
          'client.SpringClient',
          clientArguments(given, folder.issuer, springPort),
          `${client}/open`,
        ],
        ['api.SpringApi', apiArguments(given, folder.issuer, apiPort), `${api}/rooms`],
      ] as const) {
        const child = start(program, args);
        running.push(child);
        await waitForAnswer(child, ready);
      }
    }, 180_000);
    afterAll(() => Promise.all(running.map((child) => end(child, 'SIGTERM'))));
    beforeEach(() => {
      here = new Visitor(client);
      there = new Visitor(folder.issuer);
    });

    async function see(visitor: Visitor, address: URL | string): Promise<PageSeen> {
      const arrival = await visitor.go(address);
      if (arrival.kind === 'left') throw new Error(`left for ${arrival.address.href}`);
      return arrival.page;
    }

    async function leave(visitor: Visitor, address: URL | string): Promise<URL> {
      const arrival = await visitor.go(address);
      if (arrival.kind === 'page')
        throw new Error(`stuck at ${arrival.page.url.href}: ${arrival.page.html}`);
      return arrival.address;
    }

    const signIn = async (registration = 'keywright') =>
      see(
        here,
        await there.authorize(
          await leave(here, `${client}/oauth2/authorization/${registration}`),
          ada,
        ),
      );
    const me = async () =>
      JSON.parse((await see(here, `${client}/me`)).html) as {
        readonly csrf: string;
        readonly user: Readonly<Record<'id_token' | 'userinfo', Readonly<Record<string, unknown>>>>;
      };
    const token = async () => (await see(here, `${client}/token`)).html;
    const isIn = async () => {
      const arrival = await here.go(`${client}/me`);
      return arrival.kind === 'page' && arrival.page.url.pathname === '/me';
    };
    const call = (way: string, bearer?: string) =>
      fetch(
        `${api}${way}`,
        bearer === undefined ? {} : { headers: { authorization: `Bearer ${bearer}` } },
      );
    const ask = async (way: string, brought = '') =>
      (await fetch(`${client}/service/${way}`, { headers: { brought } })).text();

    it.each(['keywright', 'keyed'])(
      'signs a user in, knowing only the issuer: registration %s',
      async (registration) => {
        await signIn(registration);
        const { user } = await me();
        expect(user.userinfo).toMatchObject({ sub: user.id_token['sub'], email: ada.email });
      },
    );

    it('refreshes, uses each refresh token once, and calls the API', async () => {
      await signIn();
      const [first, second] = [await token(), await token()];
      expect(second).not.toBe(first);
      const answers = await Promise.all(
        ['/rooms', '/opaque/rooms'].map((way) => call(way, second)),
      );
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    });

    it('signs the user out at the issuer, too, and the user returns', async () => {
      await signIn();
      const { csrf } = await me();
      const left = await here.post(
        await see(here, `${client}/open`),
        '/logout',
        new URLSearchParams({ _csrf: csrf }),
      );
      if (left.kind === 'page') throw new Error(left.page.html);
      expect((await leave(there, left.address)).href).toBe(`${client}/open`);
      expect((await see(there, `${folder.issuer}/account`)).html).toContain('id="signin"');
      expect(await isIn()).toBe(false);
    });

    it('ends its session when the user signs out at the issuer', async () => {
      await signIn();
      expect(await isIn()).toBe(true);
      await there.press(await see(there, `${folder.issuer}/account`), 'logout');
      await expect.poll(isIn, { timeout: 10_000 }).toBe(false);
    });

    it('gets tokens without a user, by exchange and by an assertion', async () => {
      const own = await ask('own');
      const assertion = await new SignJWT({})
        .setProtectedHeader({ alg: 'ES256', kid: 'partner-1' })
        .setIssuer(partner)
        .setSubject(ada.email)
        .setAudience(folder.issuer)
        .setIssuedAt()
        .setExpirationTime('1m')
        .setJti(crypto.randomUUID())
        .sign(await importJWK(given.keys.partner));
      const tokens = [own, await ask('exchange', own), await ask('assertion', assertion)];
      expect(tokens.map((one) => decodeJwt(one)['client_id'])).toEqual([
        'gateway',
        'gateway',
        'sync',
      ]);
      const answers = await Promise.all(tokens.map((one) => call('/rooms', one)));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    });

    it('accepts a token that is bound to a key, with a proof of that key', async () => {
      const secret = given.secrets['gateway'] ?? '';
      const insecure = { execute: [openid.allowInsecureRequests] };
      const gateway = await openid.discovery(
        new URL(folder.issuer),
        'gateway',
        secret,
        undefined,
        insecure,
      );
      const DPoP = openid.getDPoPHandle(gateway, await openid.randomDPoPKeyPair('ES256'));
      const { access_token: bound } = await openid.clientCredentialsGrant(
        gateway,
        { resource: rooms },
        { DPoP },
      );
      const way = new URL(`${api}/rooms`);
      const answer = await openid.fetchProtectedResource(
        gateway,
        bound,
        way,
        'GET',
        undefined,
        undefined,
        {
          DPoP,
        },
      );
      expect(answer.status).toBe(200);
      expect((await call('/rooms', bound)).status).toBe(401);
    });

    it('answers 401 without a token or with a changed one, and 403 where the scope is missing', async () => {
      const own = await ask('own');
      const answers = await Promise.all([
        call('/rooms'),
        call('/rooms', `${own.slice(0, -8)}AAAAAAAA`),
        call('/write', own),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([401, 401, 403]);
    });
  });
});
