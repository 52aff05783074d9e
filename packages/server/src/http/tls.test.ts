import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { json } from 'node:stream/consumers';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { ConfigError } from '@keywright/core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  type Certificate,
  createAuthority,
  createSelfSigned,
  thumbprintOf,
} from '../../../jwt/src/testing-parts/certificates.ts';
import { loadConfiguration } from '../configuration/configuration.ts';
import type { TlsPlace } from '../configuration/tls.ts';
import { systemRandom } from '../ports.ts';
import { type RunningProduct, startProduct } from '../wiring.ts';
import { startNodeServer } from './node-server.ts';
import { followTlsFiles, readTlsFiles } from './tls-files.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'keywright-tls-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ofServer = createAuthority('Web CA');
const ofClients = createAuthority('Client CA');
const server = ofServer.issue({ subject: [['CN', 'localhost']], dns: ['localhost'] });
const meter = ofClients.issue({ subject: [['CN', 'meter.example']], dns: ['meter.example'] });
const forged = createSelfSigned({ subject: [['CN', 'meter.example']], dns: ['meter.example'] });
const own = createSelfSigned({ subject: [['CN', 'own']] });

function write(name: string, content: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

const tls = {
  certificate: write('server.pem', server.cert),
  key: write('server.key', server.key),
  client_certificates: 'request',
  client_ca: write('clients.pem', ofClients.certificate.cert),
};
const place: TlsPlace = {
  certificateFile: tls.certificate,
  keyFile: tls.key,
  asksClients: true,
  clientCaFile: tls.client_ca,
};

const service = { kind: 'service', trust: 'first-party', client_name: 'Meter', scope: 'read' };
const configuration = {
  issuer: 'https://localhost:4000',
  listen: { port: 0, tls },
  database: ':memory:',
  sealing_key: Buffer.alloc(32, 7).toString('base64'),
  features: { mutual_tls: true },
  log: { level: 'silent' },
  apis: [
    {
      identifier: 'https://api.example',
      name: 'API',
      scopes: [{ name: 'read', description: 'See it' }],
    },
  ],
  clients: [
    {
      ...service,
      client_id: 'meter',
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_san_dns: 'meter.example',
      tls_client_certificate_bound_access_tokens: true,
    },
    {
      ...service,
      client_id: 'own',
      token_endpoint_auth_method: 'self_signed_tls_client_auth',
      jwks: {
        keys: [
          {
            ...own.publicKey.export({ format: 'jwk' }),
            kid: 'own',
            x5c: [own.der.toString('base64')],
          },
        ],
      },
    },
  ],
};

function load(document: object) {
  const file = write('keywright.json', JSON.stringify(document));
  return loadConfiguration({
    file,
    env: {},
    now: Math.floor(Date.now() / 1000),
    random: systemRandom,
  });
}

describe('a server with TLS of its own', () => {
  let product: RunningProduct;
  beforeAll(async () => {
    product = await startProduct(await load(configuration));
  });
  afterAll(() => product.stop());

  async function ask(clientId: string, certificate?: Certificate, agent: Agent | false = false) {
    const sent = request({
      host: 'localhost',
      port: product.port,
      path: '/token',
      method: 'POST',
      agent,
      ca: ofServer.certificate.cert,
      ...(certificate === undefined ? {} : { cert: certificate.cert, key: certificate.key }),
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'client-cert': headerOf(meter),
      },
    }).end(`grant_type=client_credentials&client_id=${clientId}`);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    const isResumed = (response.socket as TLSSocket).isSessionReused();
    return {
      status: response.statusCode,
      isResumed,
      body: (await json(response)) as Record<string, string>,
    };
  }

  test('authenticates a client by the certificate of its connection, and binds its tokens to it (RFC 8705 §2.1, §3)', async () => {
    const { status, body } = await ask('meter', meter);
    expect(status).toBe(200);
    const payload = Buffer.from(body['access_token']?.split('.')[1] ?? '', 'base64url').toString();
    expect(JSON.parse(payload)).toMatchObject({ cnf: { 'x5t#S256': thumbprintOf(meter) } });
  });

  test('authenticates a client by a self-signed certificate that the client published (RFC 8705 §2.2)', async () => {
    expect((await ask('own', own)).status).toBe(200);
  });

  test('authenticates it also in a resumed session, by the certificate of the first handshake', async () => {
    const agent = new Agent({ keepAlive: false });
    await ask('meter', meter, agent);
    const { status, isResumed } = await ask('meter', meter, agent);
    expect([status, isResumed]).toEqual([200, true]);
    expect((await ask('own', meter, agent)).status).toBe(401);
  });

  test.each([
    ['no certificate, whatever a header says', 'meter', undefined],
    ['the same name by itself', 'meter', forged],
    ['another client’s', 'own', meter],
  ])('refuses %s', async (_name, clientId, certificate) => {
    const { status, body } = await ask(clientId, certificate);
    expect([status, body['error']]).toEqual([401, 'invalid_client']);
  });

  test('uses https in its metadata, and sends HSTS', async () => {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request({
        host: 'localhost',
        port: product.port,
        path: '/.well-known/openid-configuration',
        ca: ofServer.certificate.cert,
        agent: false,
      })
        .on('response', resolve)
        .on('error', reject)
        .end();
    });
    expect(response.headers['strict-transport-security']).toBeDefined();
    expect(await json(response)).toMatchObject({
      issuer: 'https://localhost:4000',
      tls_client_certificate_bound_access_tokens: true,
    });
  });

  test('closes connections that are not TLS, without an answer', async () => {
    const socket = connectPlain(product.port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const received: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => void received.push(chunk));
    socket.on('error', () => undefined);
    await once(socket, 'close');
    expect(Buffer.concat(received).toString('latin1')).not.toContain('HTTP/');
  });

  const shake = async (
    version: NonNullable<ConnectionOptions['minVersion']>,
    ciphers = 'DEFAULT@SECLEVEL=0',
  ) => {
    const socket = connect({
      port: product.port,
      host: 'localhost',
      ca: ofServer.certificate.cert,
      minVersion: version,
      maxVersion: version,
      ciphers,
    });
    const outcome = await Promise.race([
      once(socket, 'secureConnect').then(() => 'agreed'),
      once(socket, 'error').then(() => 'refused'),
    ]).catch(() => 'refused');
    socket.destroy();
    return outcome;
  };

  test('speaks TLS 1.2 and 1.3, and nothing older (RFC 9325 §3.1.1)', async () => {
    expect([await shake('TLSv1.1'), await shake('TLSv1.2'), await shake('TLSv1.3')]).toEqual([
      'refused',
      'agreed',
      'agreed',
    ]);
  });

  test('accepts in TLS 1.2 only ciphers that RFC 9325 §4.2 recommends (FAPI 2.0 Security Profile §5.2.2)', async () => {
    const others =
      'DEFAULT:!ECDHE-ECDSA-AES128-GCM-SHA256:!ECDHE-ECDSA-AES256-GCM-SHA384:!ECDHE-RSA-AES128-GCM-SHA256:!ECDHE-RSA-AES256-GCM-SHA384@SECLEVEL=0';
    expect(await shake('TLSv1.2', others)).toBe('refused');
    for (const cipher of ['AES128-GCM-SHA256', 'AES256-GCM-SHA384'])
      expect(await shake('TLSv1.2', `ECDHE-ECDSA-${cipher}:ECDHE-RSA-${cipher}`)).toBe('agreed');
  });
});

function headerOf({ der }: Certificate): string {
  return `:${der.toString('base64')}:`;
}

test('behind a proxy, a client is authenticated by the certificate that the proxy received, and other callers cannot set it (RFC 9440)', async () => {
  const behind = {
    ...configuration,
    issuer: 'http://localhost:4000',
    listen: { port: 0 },
    client_certificate_header: { verified_by_proxy: true },
  };
  const ask = async (trusted: string) => {
    const product = await startProduct(await load({ ...behind, trusted_proxies: [trusted] }));
    const response = await fetch(`http://127.0.0.1:${product.port}/token`, {
      method: 'POST',
      headers: { 'client-cert': headerOf(meter) },
      body: new URLSearchParams({ grant_type: 'client_credentials', client_id: 'meter' }),
    });
    await product.stop();
    return response.status;
  };
  expect([await ask('127.0.0.0/8'), await ask('10.0.0.0/8')]).toEqual([200, 401]);
});

describe('the TLS files', () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });

  test('that cannot be used stop the start, with their path', () => {
    const problemOf = (change: Partial<TlsPlace>) => {
      try {
        readTlsFiles({ ...place, ...change });
      } catch (error) {
        return (error as ConfigError).problems[0]?.path;
      }
      return undefined;
    };
    expect(problemOf({})).toBeUndefined();
    expect(problemOf({ keyFile: path.join(folder, 'none') })).toBe('listen.tls.key');
    expect(problemOf({ keyFile: tls.certificate })).toBe('listen.tls');
  });

  test('stop the start where the certificate has expired or is not valid yet', () => {
    const day = 86_400_000;
    const { validFromDate, validToDate } = new X509Certificate(server.cert);
    const read = (at: Date, offset: number) => () => readTlsFiles(place, at.getTime() + offset);
    expect(read(validToDate, -1000)).not.toThrow();
    expect(read(validToDate, 0)).toThrow(
      `listen.tls.certificate: ${tls.certificate} expired on ${validToDate.toISOString().slice(0, 10)}: renew it`,
    );
    expect(read(validFromDate, 0)).not.toThrow();
    expect(read(validFromDate, -day)).toThrow('check the clock of this machine');
  });

  test('are read again when they change: new connections use the new certificate, and an incomplete renewal changes nothing', async () => {
    const renewed = ofServer.issue({ subject: [['CN', 'renewed']], dns: ['localhost'] });
    const followed = {
      ...place,
      certificateFile: write('renewed.pem', server.cert),
      keyFile: write('renewed.key', server.key),
    };
    const material = readTlsFiles(followed);
    const running = await startNodeServer(() => undefined, '127.0.0.1', 0, {
      secure: { material, asksClients: false },
    });
    const faults: unknown[] = [];
    const applied = Promise.withResolvers<void>();
    const half = Promise.withResolvers<void>();
    const apply = (read: typeof material): void => {
      running.renew(read);
      applied.resolve();
    };
    const onFault = (error: unknown): void => {
      faults.push(error);
      half.resolve();
    };
    ends.push(followTlsFiles(followed, apply, onFault, 5), () => running.stop(0));
    const nameShown = async () => {
      const socket = connect({
        port: running.port,
        host: 'localhost',
        ca: ofServer.certificate.cert,
      });
      await once(socket, 'secureConnect');
      const { subject } = socket.getPeerCertificate();
      socket.destroy();
      return subject.CN;
    };
    expect(await nameShown()).toBe('localhost');
    writeFileSync(followed.certificateFile, renewed.cert);
    utimesSync(followed.certificateFile, 1, 1);
    await half.promise;
    expect(await nameShown()).toBe('localhost');
    writeFileSync(followed.keyFile, renewed.key);
    utimesSync(followed.keyFile, 1, 1);
    await applied.promise;
    expect(await nameShown()).toBe('renewed');
    expect(faults[0]).toBeInstanceOf(ConfigError);
  });

  test('that cannot be read later are reported, and the server continues', async () => {
    const certificateFile = path.join(folder, 'round.pem');
    writeFileSync(certificateFile, server.cert);
    const told = Promise.withResolvers<unknown>();
    ends.push(followTlsFiles({ ...place, certificateFile }, () => undefined, told.resolve, 5));
    symlinkSync(certificateFile, `${certificateFile}.new`);
    renameSync(`${certificateFile}.new`, certificateFile);
    expect(await told.promise).toMatchObject({ code: 'ELOOP' });
  });
});

describe('the configuration of TLS', () => {
  const problemsOf = async (document: object) => {
    const error = await load(document).then(
      () => new ConfigError([]),
      (thrown: ConfigError) => thrown,
    );
    return error.problems.map(({ path: at }) => at);
  };

  test('must have a source of certificates for mutual TLS', async () => {
    const { listen: _, ...rest } = configuration;
    expect(await problemsOf(rest)).toEqual(['features.mutual_tls']);
    const byProfile = { ...rest, profile: 'fapi-1-advanced', features: {} };
    expect(await problemsOf(byProfile)).toEqual(['profile']);
    const header = { ...rest, client_certificate_header: {}, trusted_proxies: ['10.0.0.0/8'] };
    expect(await problemsOf(header)).toEqual([]);
  });

  test('cannot accept a certificate header from any address', async () => {
    expect(await problemsOf({ ...configuration, client_certificate_header: {} })).toEqual([
      'client_certificate_header',
    ]);
  });

  test('must have an https issuer, and must ask for client certificates when it names an authority', async () => {
    const listen = { tls: { ...tls, client_certificates: 'off' } };
    const { features: _, clients: __, ...rest } = configuration;
    expect(await problemsOf({ ...rest, issuer: 'http://localhost:4000', listen })).toEqual([
      'issuer',
      'listen.tls.client_ca',
    ]);
  });
});
