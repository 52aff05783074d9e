/**
 * Client certificates (RFC 8705) at a server with its own TLS, and registration by an initial
 * access token.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Certificate,
  createAuthority,
  createSelfSigned,
  thumbprintOf,
} from '../../packages/jwt/src/testing-parts/certificates.ts';
import { runKeywright } from '../command.ts';
import { findFreePorts } from '../ports.ts';
import { end } from '../process.ts';
import { prepareServer } from '../server-process.ts';
import { createTlsFetch } from '../tls-fetch.ts';
import { Visitor } from '../visitor.ts';
import { ada, callback, rooms } from './configuration.ts';
import { attempt } from './setting.ts';

const ofServer = createAuthority('Web CA');
const ofClients = createAuthority('Client CA');
const server = ofServer.issue({
  subject: [['CN', 'localhost']],
  dns: ['localhost'],
  addresses: [[127, 0, 0, 1]],
});
const meter = ofClients.issue({ subject: [['CN', 'meter.example']], dns: ['meter.example'] });
const forged = createSelfSigned({ subject: [['CN', 'meter.example']], dns: ['meter.example'] });
const own = createSelfSigned({ subject: [['CN', 'an application']] });
const secret = randomBytes(32).toString('base64url');

function fetchWith(certificate?: Certificate): typeof fetch {
  const ca = ofServer.certificate.cert;
  return createTlsFetch(
    certificate === undefined ? { ca } : { ca, cert: certificate.cert, key: certificate.key },
  );
}

function configure(port: number, folder: string): object {
  const write = (name: string, content: string): string => {
    writeFileSync(path.join(folder, name), content);
    return path.join(folder, name);
  };
  const service = { kind: 'service', trust: 'first-party', scope: 'rooms:read' };
  const jwk = {
    ...own.publicKey.export({ format: 'jwk' }),
    kid: 'tls',
    x5c: [own.der.toString('base64')],
  };
  return {
    listen: {
      port,
      tls: {
        certificate: write('server.pem', server.cert),
        key: write('server.key', server.key),
        client_certificates: 'request',
        client_ca: write('clients.pem', ofClients.certificate.cert),
      },
    },
    mutual_tls_origin: `https://127.0.0.1:${port}`,
    features: { mutual_tls: true, registration: 'initial-token' },
    apis: [
      {
        identifier: rooms,
        name: 'Rooms',
        scopes: [{ name: 'rooms:read', description: 'See your rooms' }],
        introspectors: ['rooms-api'],
      },
    ],
    clients: [
      {
        ...service,
        client_id: 'meter',
        client_name: 'Meter',
        token_endpoint_auth_method: 'tls_client_auth',
        tls_client_auth_san_dns: 'meter.example',
        tls_client_certificate_bound_access_tokens: true,
      },
      {
        kind: 'web',
        trust: 'third-party',
        client_id: 'app',
        client_name: 'App',
        redirect_uris: [callback],
        scope: 'openid email offline_access rooms:read',
        token_endpoint_auth_method: 'self_signed_tls_client_auth',
        jwks: { keys: [jwk] },
        tls_client_certificate_bound_access_tokens: true,
      },
      { ...service, client_id: 'rooms-api', client_name: 'Rooms API', client_secret: secret },
    ],
    accounts: [{ ...ada, name: 'Ada Byron', email_verified: true }],
  };
}

export function describeMutualTls(): void {
  describe('a server that asks for client certificates', () => {
    let issuer: string;
    let file: string;
    let stop: () => Promise<void> = () => Promise.resolve();

    beforeAll(async () => {
      const [port = 0] = await findFreePorts(1);
      const folder = mkdtempSync(path.join(tmpdir(), 'keywright-mtls-'));
      const way = { issuer: `https://localhost:${port}`, fetch: fetchWith() };
      const prepared = prepareServer(port, configure(port, folder), way);
      ({ issuer, file } = prepared);
      const remove = () => {
        prepared.remove();
        rmSync(folder, { recursive: true });
      };
      stop = () => Promise.resolve(remove());
      const child = await prepared.start();
      stop = () => end(child, 'SIGTERM').then(remove);
    });
    afterAll(() => stop());

    /** The library with this certificate, at the addresses that are for certificates (§5). */
    function discover(
      clientId: string,
      certificate: Certificate | undefined,
      authentication = openid.TlsClientAuth(),
    ): Promise<openid.Configuration> {
      const metadata = { use_mtls_endpoint_aliases: certificate !== undefined };
      return openid.discovery(new URL(issuer), clientId, metadata, authentication, {
        execute: [openid.enableNonRepudiationChecks],
        [openid.customFetch]: fetchWith(certificate) as openid.CustomFetch,
      });
    }

    async function connect(app: openid.Configuration) {
      const { checks, parameters } = await attempt();
      const address = await openid.buildAuthorizationUrlWithPAR(app, parameters);
      const back = await new Visitor(issuer, fetchWith()).authorize(address, ada);
      return openid.authorizationCodeGrant(app, back, checks);
    }

    it('names the addresses at which it asks for them', async () => {
      const metadata = (await discover('meter', meter)).serverMetadata();
      expect(metadata.tls_client_certificate_bound_access_tokens).toBe(true);
      expect(metadata.token_endpoint).toBe(`${issuer}/token`);
      expect(metadata.mtls_endpoint_aliases?.token_endpoint).toBe(
        `${issuer.replace('localhost', '127.0.0.1')}/token`,
      );
    });

    it('knows a service by a name in its certificate, and binds its token to that', async () => {
      const tokens = await openid.clientCredentialsGrant(await discover('meter', meter), {
        resource: rooms,
      });
      const api = await discover('rooms-api', undefined, openid.ClientSecretBasic(secret));
      const told = await openid.tokenIntrospection(api, tokens.access_token);
      expect(told).toMatchObject({ active: true, cnf: { 'x5t#S256': thumbprintOf(meter) } });
    });

    it('knows nobody by the same name in a certificate of no authority, or by none at all', async () => {
      const error = { status: 401 };
      for (const certificate of [forged, own, undefined])
        await expect(
          openid.clientCredentialsGrant(await discover('meter', certificate)),
        ).rejects.toMatchObject(error);
    });

    it('takes an application with a certificate of its own from the pushed request to userinfo', async () => {
      const app = await discover('app', own);
      const first = await connect(app);
      const next = await openid.refreshTokenGrant(app, first.refresh_token ?? '');
      const person = await openid.fetchUserInfo(app, next.access_token, first.claims()?.sub ?? '');
      expect(person.email).toBe(ada.email);
    });

    it('refuses its token to whoever shows another certificate, or none', async () => {
      const tokens = await connect(await discover('app', own));
      for (const certificate of [meter, undefined]) {
        const thief = await discover('app', certificate);
        await expect(
          openid.fetchUserInfo(thief, tokens.access_token, openid.skipSubjectCheck),
        ).rejects.toMatchObject({ status: 401 });
      }
    });

    it('registers whoever has an initial access token, as often as that says', async () => {
      const made = await runKeywright(
        file,
        'registration',
        'token',
        '--uses',
        '1',
        '--expires',
        '1h',
        '--json',
      );
      const { token } = JSON.parse(made.output) as { readonly token: string };
      const register = (initialAccessToken?: string) =>
        openid.dynamicClientRegistration(
          new URL(issuer),
          { redirect_uris: [callback], token_endpoint_auth_method: 'client_secret_basic' },
          openid.ClientSecretBasic(),
          {
            [openid.customFetch]: fetchWith() as openid.CustomFetch,
            ...(initialAccessToken === undefined ? {} : { initialAccessToken }),
          },
        );
      await expect(register()).rejects.toMatchObject({ status: 401 });
      expect((await register(token)).clientMetadata().client_id).toMatch(/^cli_/);
      await expect(register(token)).rejects.toMatchObject({ status: 401 });
    });
  });
}
