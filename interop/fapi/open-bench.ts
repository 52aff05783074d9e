/**
 * The bench's server: a process of its own over TLS, from a file of examples/conformance as it
 * stands, with the client keys of that folder.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { JWK } from 'jose';
import { createAuthority } from '../../packages/jwt/src/testing-parts/certificates.ts';
import { findFreePorts } from '../ports.ts';
import { end, root } from '../process.ts';
import { startServer } from '../server-process.ts';
import { createTlsFetch } from '../tls-fetch.ts';
import { Bench, type BenchClient, type Profile } from './bench.ts';
import { makeKey } from './keys.ts';

export type { Profile } from './bench.ts';

const folderOfExample = path.join(root, 'examples/conformance');

/** Where the suite is pinged (CIBA §10.2). */
const pinged = 'https://www.certification.openid.net/test/a/keywright/ciba-notification-endpoint';

/** Answers the address of a listener of the bench's own, by the server's certificate. */
type Listen = (by: { readonly cert: string; readonly key: string }) => Promise<string>;

/**
 * The file of the example as it is, but for the place where it listens, and where it sends pings.
 */
export async function openBench(profile: Profile, listen?: Listen): Promise<Bench> {
  const [port = 0] = await findFreePorts(1);
  const issuer = `https://localhost:${port}`;
  const authority = createAuthority('Bench CA');
  const { cert, key } = authority.issue({ subject: [['CN', 'localhost']], dns: ['localhost'] });
  const folder = mkdtempSync(path.join(tmpdir(), 'keywright-fapi-'));
  const notifications = await listen?.({ cert, key });
  const file = path.join(folder, `${profile}.yaml`);
  const example = readFileSync(path.join(folderOfExample, `${profile}.yaml`), 'utf8');
  writeFileSync(file, example.replaceAll(pinged, notifications ?? pinged));
  writeFileSync(path.join(folder, 'certificate.pem'), cert);
  writeFileSync(path.join(folder, 'certificate.key'), key);
  writeFileSync(path.join(folder, 'ca.pem'), authority.certificate.cert);
  const ca = authority.certificate.cert;
  const environment = {
    KEYWRIGHT_ISSUER: issuer,
    KEYWRIGHT_PORT: String(port),
    KEYWRIGHT_LOG_LEVEL: 'warn',
    NODE_EXTRA_CA_CERTS: path.join(folder, 'ca.pem'),
  };
  const server = await startServer(file, { issuer, fetch: createTlsFetch({ ca }) }, environment);
  const stop = async () => {
    await end(server, 'SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  };
  const [first, second, service] = ['fapi-client-1', 'fapi-client-2', 'fapi-service'].map(
    readClient,
  );
  if (first === undefined || second === undefined || service === undefined)
    throw new Error('three clients');
  const rsa = makeKey('RS256');
  const bench = new Bench({ issuer, profile, first, second, service, rsa }, ca, stop);
  bench.metadata = (await bench.send(`${issuer}/.well-known/openid-configuration`)).json;
  return bench;
}

function readClient(id: string): BenchClient {
  const text = readFileSync(path.join(folderOfExample, 'fapi-2-client-keys.json'), 'utf8');
  const sets = JSON.parse(text) as Record<string, { readonly keys: readonly JWK[] }>;
  const [key] = sets[id]?.keys ?? [];
  if (key === undefined) throw new Error(`no key of ${id}`);
  return { id, key, dpop: makeKey('ES256') };
}
