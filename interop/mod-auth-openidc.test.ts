/**
 * Apache with Debian's mod_auth_openidc, which signs users in to its pages and accepts access
 * tokens, with the answers of `keywright serve`.
 */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSelfSigned } from '../packages/jwt/src/testing-parts/certificates.ts';
import { type Apache, hasApache, startApache } from './apache/apache.ts';
import { moduleAddress, originOf } from './apache/configuration.ts';
import { takeBackEverything } from './connections.ts';
import { findFreePorts } from './ports.ts';
import { end } from './process.ts';
import { prepareServer, type ServerFolder, startServer } from './server-process.ts';
import { createNodeFetch } from './tls-fetch.ts';
import { type PageSeen, Visitor } from './visitor.ts';

if (!hasApache)
  process.stderr.write(
    'Apache has no mod_auth_openidc here (Debian: apache2, libapache2-mod-auth-openidc): what signs in by it is left out.\n',
  );

const ada = { email: 'ada@example.com', password: 'correct horse battery staple' };
const meters = 'https://meters.example/api';
const secrets = { intranet: newSecret(), reader: newSecret(), api: newSecret() };

const certificate = createSelfSigned({ subject: [['CN', 'localhost']], dns: ['localhost'] });

function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

function configure(origin: string): object {
  const scopes = [{ name: 'meters:read', description: 'Read your meters' }];
  return {
    features: { registration: 'open' },
    danger_outbound_to_private_networks: ['127.0.0.0/8', '::1/128'],
    apis: [
      { identifier: meters, name: 'Meters', scopes, introspectors: ['meters-api'] },
      {
        identifier: 'https://other.example/api',
        name: 'Other',
        scopes: [{ ...scopes[0], name: 'other:read' }],
      },
    ],
    clients: [
      {
        client_id: 'intranet',
        client_secret: secrets.intranet,
        kind: 'web',
        trust: 'third-party',
        client_name: 'Intranet',
        redirect_uris: [moduleAddress(origin)],
        post_logout_redirect_uris: [`${origin}/page.txt`],
        backchannel_logout_uri: `${moduleAddress(origin)}?logout=backchannel`,
        scope: 'openid profile email',
      },
      {
        client_id: 'reader',
        client_secret: secrets.reader,
        kind: 'service',
        trust: 'first-party',
        client_name: 'Reader',
        scope: 'meters:read other:read',
      },
      {
        client_id: 'meters-api',
        client_secret: secrets.api,
        kind: 'service',
        trust: 'first-party',
        client_name: 'Meters',
      },
    ],
    accounts: [{ ...ada, name: 'Ada Byron', email_verified: true }],
  };
}

/** The module redirects only navigations, because a script could not follow. */
function createBrowser(origin: string, ca?: string): Visitor {
  const headers = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
  return new Visitor(origin, createNodeFetch(ca === undefined ? {} : { ca }, headers));
}

/** What the module says of a session to the page that asks it. */
interface Info {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly id_token: Readonly<Record<string, unknown>>;
  readonly userinfo: Readonly<Record<string, unknown>>;
}

describe.skipIf(!hasApache)('mod_auth_openidc', () => {
  let folder: ServerFolder;
  let server: Awaited<ReturnType<ServerFolder['start']>> | undefined;
  let apache: Apache | undefined;
  let origin: string;
  /** The host that registers itself. */
  let newcomer: string;
  /** Ada's browser, at Apache and at the issuer. */
  let here: Visitor;
  let there: Visitor;

  beforeAll(async () => {
    const [port = 0, apachePort = 0, newcomerPort = 0] = await findFreePorts(3);
    origin = originOf(apachePort);
    newcomer = originOf(newcomerPort, 'https');
    folder = prepareServer(port, configure(origin));
    const authority = path.join(path.dirname(folder.file), 'newcomer.pem');
    writeFileSync(authority, certificate.cert);
    const environment = { NODE_EXTRA_CA_CERTS: authority };
    server = await startServer(folder.file, { issuer: folder.issuer, fetch }, environment);
    apache = await startApache(
      { port: apachePort, newcomerPort },
      {
        issuer: folder.issuer,
        clientId: 'intranet',
        clientSecret: secrets.intranet,
        scope: 'openid profile email',
        api: { audience: meters, clientId: 'meters-api', clientSecret: secrets.api },
      },
      certificate,
    );
  });
  afterAll(async () => {
    await apache?.stop();
    if (server !== undefined) await end(server, 'SIGTERM');
    folder?.remove();
  });
  beforeEach(async () => {
    await takeBackEverything(folder.issuer, ada);
    here = createBrowser(origin);
    there = new Visitor(folder.issuer);
  });

  const page = () => `${origin}/protected/page.txt`;
  const module = () => moduleAddress(origin);

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

  async function signIn(): Promise<PageSeen> {
    const asked = await leave(here, page());
    return see(here, await there.authorize(asked, ada));
  }

  async function info(): Promise<Info> {
    return JSON.parse((await see(here, `${module()}?info=json`)).html) as Info;
  }

  it('signs a user in by code and PKCE, and tells its pages who it is', async () => {
    const asked = await leave(here, page());
    expect(asked.origin).toBe(folder.issuer);
    expect(Object.fromEntries(asked.searchParams)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      nonce: expect.any(String),
    });
    const seen = await see(here, await there.authorize(asked, ada));
    expect([seen.status, seen.url.href, seen.html]).toEqual([200, page(), 'protected\n']);
    expect(Object.fromEntries(seen.headers)).toMatchObject({
      'seen-user': ada.email,
      'seen-name': 'Ada Byron',
      'seen-issuer': folder.issuer,
    });
  });

  it('has read userinfo and the ID token', async () => {
    await signIn();
    const { userinfo, id_token: idToken } = await info();
    expect(userinfo).toMatchObject({ sub: idToken['sub'], email: ada.email, name: 'Ada Byron' });
    expect(idToken).toMatchObject({ iss: folder.issuer, aud: 'intranet', sid: expect.any(String) });
  });

  it('refreshes its tokens, each refresh token once', async () => {
    await signIn();
    const first = await info();
    const address = new URL(module());
    address.searchParams.set('refresh', page());
    address.searchParams.set('access_token', first.access_token);
    expect((await see(here, address)).url.href).toBe(page());
    const second = await info();
    expect(second.access_token).not.toBe(first.access_token);
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect(decodeJwt(second.access_token).sub).toBe(decodeJwt(first.access_token).sub);
  });

  it('signs the user out at the issuer, too, and the user returns', async () => {
    await signIn();
    const address = new URL(module());
    address.searchParams.set('logout', `${origin}/page.txt`);
    const end = await leave(here, address);
    expect(end.searchParams.get('id_token_hint')).toEqual(expect.any(String));
    expect((await leave(there, end)).href).toBe(`${origin}/page.txt`);
    expect((await leave(here, page())).origin).toBe(folder.issuer);
    expect((await see(there, `${folder.issuer}/account`)).html).toContain('id="signin"');
  });

  it('ends its session when the user signs out at the issuer, by back-channel logout', async () => {
    await signIn();
    const account = await see(there, `${folder.issuer}/account`);
    await there.press(account, 'logout');
    await expect.poll(async () => (await here.go(page())).kind, { timeout: 10_000 }).toBe('left');
  });

  it('does not sign in a user who declined', async () => {
    const back = await there.authorize(await leave(here, page()), ada, { answer: 'deny' });
    // RFC 9207 §2 has `iss` in refusals too. The module takes that for a new request, and shows its
    // own error.
    expect(Object.fromEntries(back.searchParams)).toMatchObject({
      error: 'access_denied',
      iss: folder.issuer,
    });
    const told = await see(here, back);
    expect([told.headers.get('seen-user'), told.html]).toEqual([
      null,
      expect.stringContaining('Error'),
    ]);
    expect((await leave(here, page())).origin).toBe(folder.issuer);
  });

  it('registers itself knowing only the issuer, and signs users in with that registration (RFC 7591)', async () => {
    const browser = createBrowser(newcomer, certificate.cert);
    const choice = await see(browser, `${newcomer}/protected/page.txt`);
    const chosen = new URL(moduleAddress(newcomer));
    for (const [, name = '', value = ''] of choice.html.matchAll(
      /type="hidden" name="(\w+)" value="([^"]*)"/g,
    ))
      chosen.searchParams.set(name, value);
    chosen.searchParams.set('iss', folder.issuer);
    const asked = await leave(browser, chosen);
    expect(asked.searchParams.get('client_id')).toMatch(/^cli_/);
    const seen = await see(browser, await there.authorize(asked, ada));
    expect([seen.status, seen.url.href, seen.headers.get('seen-user')]).toEqual([
      200,
      `${newcomer}/protected/page.txt`,
      ada.email,
    ]);
    await there.press(await see(there, `${folder.issuer}/account`), 'logout');
    await expect
      .poll(async () => (await see(browser, `${newcomer}/protected/page.txt`)).html, {
        timeout: 10_000,
      })
      .toContain('Select your OpenID Connect Identity Provider');
  });

  describe('as a protected API', () => {
    async function tokenFor(resource: string): Promise<string> {
      const answer = await fetch(`${folder.issuer}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`reader:${secrets.reader}`)}` },
        body: new URLSearchParams({ grant_type: 'client_credentials', resource }),
      });
      return ((await answer.json()) as { readonly access_token: string }).access_token;
    }

    const call = (headers: Record<string, string>) => fetch(`${origin}/api/page.txt`, { headers });

    it('introspects an access token, and accepts it', async () => {
      const answer = await call({ authorization: `Bearer ${await tokenFor(meters)}` });
      expect([answer.status, answer.headers.get('seen-user'), await answer.text()]).toEqual([
        200,
        'reader',
        'api\n',
      ]);
    });

    it('refuses requests without a token, with a changed one, or with one for another API', async () => {
      const good = await tokenFor(meters);
      const answers = await Promise.all([
        call({}),
        call({ authorization: `Bearer ${good.slice(0, -8)}AAAAAAAA` }),
        call({ authorization: `Bearer ${await tokenFor('https://other.example/api')}` }),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([401, 401, 401]);
    });
  });
});
