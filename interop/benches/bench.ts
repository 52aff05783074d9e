/**
 * The servers of examples/conformance, started as their README says: in a copy of the folder, and
 * on their own ports.
 */
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import * as openid from 'openid-client';
import type { Certificate } from '../../packages/jwt/src/testing-parts/certificates.ts';
import type { DemoAccount } from '../demonstration.ts';
import { findFreePorts } from '../ports.ts';
import { end, root } from '../process.ts';
import { startServer } from '../server-process.ts';
import { createTlsFetch } from '../tls-fetch.ts';
import { Visitor } from '../visitor.ts';

const place = 'examples/conformance';
const readme = readFileSync(path.join(root, place, 'README.md'), 'utf8');

export const ada: DemoAccount = {
  email: 'ada@conformance.example',
  password: 'correct horse battery staple 1',
};

export function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export interface Bench {
  readonly issuer: string;
  readonly fetch: typeof fetch;
  /** With a client certificate. */
  fetchAs(certificate: Certificate): typeof fetch;
  readonly visitor: Visitor;
  stop(): Promise<void>;
}

export interface BenchChoice {
  readonly file: 'keywright.yaml' | 'fapi-2.yaml' | 'fapi-2-message-signing.yaml';
  /** Behind which the server is. */
  readonly path?: string;
}

export async function startBench({ file, path: prefix = '' }: BenchChoice): Promise<Bench> {
  const [port = 0] = await findFreePorts(1);
  const folder = mkdtempSync(path.join(tmpdir(), 'keywright-bench-'));
  cpSync(path.join(root, place), path.join(folder, place), { recursive: true });
  makeCertificate(folder);
  const configuration = path.join(folder, place, file);
  const ca = readFileSync(path.join(folder, place, 'certificate.pem'), 'utf8');
  const send = createTlsFetch({ ca });
  const fetchAs = ({ cert, key }: Certificate) => createTlsFetch({ ca, cert, key });
  const issuer = `https://localhost:${port}${prefix}`;
  const environment = {
    KEYWRIGHT_ISSUER: issuer,
    KEYWRIGHT_PORT: String(port),
    KEYWRIGHT_HOST: '127.0.0.1',
    KEYWRIGHT_LOG_LEVEL: 'warn',
  };
  const remove = () => rmSync(folder, { recursive: true });
  const server = await startServer(configuration, { issuer, fetch: send }, environment).catch(
    (error: unknown) => {
      remove();
      throw error;
    },
  );
  const stop = async () => {
    await end(server, 'SIGTERM');
    remove();
  };
  return { issuer, fetch: send, fetchAs, visitor: new Visitor(issuer, send), stop };
}

/** The exact line of the README. */
function makeCertificate(folder: string): void {
  const line = /^ {4}(.*openssl req .*)$/m.exec(readme)?.[1];
  if (line === undefined) throw new Error('the README makes no certificate');
  execFileSync('sh', ['-c', line], { cwd: folder, stdio: 'pipe' });
}

/** The lines of the README about the admin API, run against this bench. Returns their output. */
export async function typeAdminLines({ issuer }: Bench): Promise<string> {
  const [lines] = /^ {4}TOKEN=[\s\S]*?\n\n?$/m.exec(`${readme}\n`) ?? [];
  if (lines === undefined) throw new Error('the README says nothing of the admin API');
  const typed = lines.replaceAll('https://localhost:4443', issuer);
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', typed]);
  return stdout;
}

/**
 * The library as a client of the bench. It also checks the signatures of everything that is signed
 * for it.
 */
export function discover(
  bench: Pick<Bench, 'issuer' | 'fetch'>,
  clientId: string,
  authentication: openid.ClientAuth,
  metadata: Partial<openid.ClientMetadata> = {},
): Promise<openid.Configuration> {
  return openid.discovery(new URL(bench.issuer), clientId, metadata, authentication, {
    execute: [openid.enableNonRepudiationChecks],
    [openid.customFetch]: bench.fetch as openid.CustomFetch,
  });
}
