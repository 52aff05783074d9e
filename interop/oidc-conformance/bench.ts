/**
 * `keywright serve` from the file that examples/conformance gives to test benches, unchanged:
 * another port, a database of its own.
 */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createLocalJWKSet, type JSONWebKeySet, type LocalJWKSet } from 'jose';
import { createAuthority } from '../../packages/jwt/src/testing-parts/certificates.ts';
import { findFreePorts } from '../ports.ts';
import { end, root } from '../process.ts';
import { startServer } from '../server-process.ts';
import { createTlsFetch } from '../tls-fetch.ts';
import { openSite, type Site } from './site.ts';

export type Metadata = Readonly<Record<string, unknown>>;

export interface Bench {
  readonly issuer: string;
  readonly fetch: typeof fetch;
  /** As the server says it of itself. */
  readonly metadata: Metadata;
  readonly site: Site;
  /** What is published now. */
  keys(): Promise<JSONWebKeySet>;
  verifier(): Promise<LocalJWKSet>;
  stop(): Promise<void>;
}

const file = path.join(root, 'examples/conformance/keywright.yaml');

export async function openBench(): Promise<Bench> {
  const [port = 0, sitePort = 0] = await findFreePorts(2);
  const authority = createAuthority('Bench CA');
  const ca = authority.certificate.cert;
  const localhost = authority.issue({ subject: [['CN', 'localhost']], dns: ['localhost'] });
  const folder = mkdtempSync(path.join(tmpdir(), 'keywright-conformance-'));
  const write = (name: string, content: string): string => {
    writeFileSync(path.join(folder, name), content);
    return path.join(folder, name);
  };
  // The names that the file gives them.
  write('certificate.pem', localhost.cert);
  write('certificate.key', localhost.key);
  const configuration = path.join(folder, path.basename(file));
  copyFileSync(file, configuration);

  const site = await openSite(sitePort, localhost);
  const send = createTlsFetch({ ca });
  const issuer = `https://localhost:${port}`;
  const server = await startServer(
    configuration,
    { issuer, fetch: send },
    {
      KEYWRIGHT_ISSUER: issuer,
      KEYWRIGHT_PORT: String(port),
      KEYWRIGHT_HOST: 'localhost',
      KEYWRIGHT_LOG_LEVEL: 'warn',
      NODE_EXTRA_CA_CERTS: write('ca.pem', ca),
    },
  );
  const stop = async (): Promise<void> => {
    await end(server, 'SIGTERM');
    await site.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const metadata = await readJson(send, `${issuer}/.well-known/openid-configuration`);
  const keys = async () =>
    (await readJson(send, String(metadata['jwks_uri']))) as unknown as JSONWebKeySet;
  const verifier = async () => createLocalJWKSet(await keys());
  return { issuer, fetch: send, metadata, site, keys, verifier, stop };
}

async function readJson(send: typeof fetch, address: string): Promise<Metadata> {
  const response = await send(address);
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return (await response.json()) as Metadata;
}
