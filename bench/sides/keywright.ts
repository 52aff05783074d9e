/**
 * Keywright as an operator runs it: `keywright serve` with a configuration file, by default with a
 * durable database on a disk.
 */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Cast } from '../cast.ts';
import { publicJwk } from './access-token.ts';
import { startDatabase } from './database.ts';
import { findPort, rootFolder, serverCore, start } from './process.ts';
import { limitShare } from './share.ts';
import { type Node, type Side, type SideName, sideOf } from './side.ts';

/** In a checkout; and where it was built and installed. */
const command = path.join('packages', 'server', 'bin', 'keywright.cjs');
const installedCommand = path.join('node_modules', '@keywright', 'server', 'bin', 'keywright.cjs');
const startMilliseconds = 60_000;

/**
 * Magic numbers of the file systems that keep nothing: a durable write there is no write
 * (statfs(2)).
 */
const memoryFileSystems = new Set([0x01021994, 0x858458f6]);

const folders = new Set<string>();

/** Whatever was left behind by a run that did not come to its end. */
export function removeFolders(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

/** On a disk: a temporary folder may be in memory. */
export async function makeFolder(parent?: string): Promise<string> {
  const folder = await mkdtemp(path.join(parent ?? (await diskFolder()), '.keywright-bench-'));
  folders.add(folder);
  return folder;
}

async function diskFolder(): Promise<string> {
  const { type } = await statfs(tmpdir());
  return memoryFileSystems.has(type) ? rootFolder : tmpdir();
}

/**
 * What the extensions need, and the hot grants do not: an older revision does not know all of it.
 */
function extensionClientsOf({
  api,
  extensions: { signer, exchanger, own },
}: Cast): readonly unknown[] {
  const service = { kind: 'service', trust: 'first-party', scope: api.scope };
  return [
    {
      ...service,
      client_id: signer.id,
      client_name: 'Bench signer',
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [publicJwk(signer.key)] },
    },
    {
      ...service,
      client_id: exchanger.id,
      client_secret: exchanger.secret,
      client_name: 'Bench exchanger',
      grant_types: ['urn:ietf:params:oauth:grant-type:token-exchange'],
      token_exchange: { impersonation: true, audiences: [api.identifier] },
    },
    {
      client_id: own.id,
      client_secret: own.secret,
      kind: 'web',
      trust: 'first-party',
      client_name: 'Bench application of the house',
      redirect_uris: [own.redirectUri],
      scope: `openid profile email ${api.scope}`,
      id_token_signed_response_alg: 'ES256',
    },
  ];
}

function clientsOf({ service, introspector, app, api }: Cast): readonly unknown[] {
  return [
    {
      client_id: service.id,
      client_secret: service.secret,
      kind: 'service',
      trust: 'first-party',
      client_name: 'Bench service',
      scope: api.scope,
    },
    {
      client_id: introspector.id,
      client_secret: introspector.secret,
      kind: 'service',
      trust: 'first-party',
      client_name: 'Bench introspector',
    },
    {
      client_id: app.id,
      client_secret: app.secret,
      kind: 'web',
      trust: 'third-party',
      client_name: 'Bench application',
      redirect_uris: [app.redirectUri],
      scope: `openid profile email ${api.scope}`,
      // As the peer's: bench/sides/peer.ts.
      id_token_signed_response_alg: 'ES256',
    },
  ];
}

function configurationOf(
  cast: Cast,
  port: number,
  { database = 'keywright.db', extensions, accounts }: Content,
): unknown {
  const { api, introspector, people } = cast;
  const introspectors = [
    introspector.id,
    ...(extensions === true ? [cast.extensions.exchanger.id] : []),
  ];
  return {
    // A passkey belongs to a name, and not to an address.
    issuer: `http://${accounts === true ? 'localhost' : '127.0.0.1'}:${port}`,
    listen: { host: '127.0.0.1', port },
    database,
    sealing_key_file: 'sealing.key',
    log: { level: 'warn', file: 'keywright.log' },
    apis: [
      {
        identifier: api.identifier,
        name: 'Bench buildings',
        scopes: [{ name: api.scope, description: 'See the buildings' }],
        introspectors,
      },
    ],
    clients: [...clientsOf(cast), ...(extensions === true ? extensionClientsOf(cast) : [])],
    ...(extensions === true
      ? { features: { device_authorization: true, token_exchange: true } }
      : {}),
    ...(accounts === true ? { features: { passkeys: true, totp: true } } : {}),
    accounts: people.map(({ email, password }) => ({
      email,
      password,
      name: 'A Person',
      email_verified: true,
    })),
  };
}

export interface Installation {
  readonly port: number;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly remove: () => Promise<void>;
}

/** What a configuration says beyond what all of them do. */
export interface Content {
  /** A file in the folder of the configuration by default. */
  readonly database?: string | undefined;
  /** With what the extensions need. */
  readonly extensions?: boolean | undefined;
  /** With passkeys and second factors. */
  readonly accounts?: boolean | undefined;
  /** Of another checkout than this one. */
  readonly checkout?: string | undefined;
  /**
   * A folder that the packages are installed in: what runs is what was built, and not the source.
   */
  readonly installed?: string | undefined;
}

function commandOf({ installed, checkout }: Content): string {
  return installed === undefined
    ? path.join(checkout ?? rootFolder, command)
    : path.join(installed, installedCommand);
}

/** A folder with a configuration, before the first start. */
export async function install(cast: Cast, content: Content = {}): Promise<Installation> {
  const [folder, port] = await Promise.all([makeFolder(), findPort()]);
  const file = path.join(folder, 'keywright.json');
  await writeFile(path.join(folder, 'sealing.key'), randomBytes(32).toString('base64'), {
    mode: 0o600,
  });
  await writeFile(file, JSON.stringify(configurationOf(cast, port, content), undefined, 2), {
    mode: 0o600,
  });
  return {
    port,
    args: [commandOf(content), 'serve', '--config', file],
    cwd: folder,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Resolves at the first good answer. Rejects when the server has ended, or time is over. */
export async function untilAnswering(port: number, isAlive: () => boolean): Promise<void> {
  const deadline = performance.now() + startMilliseconds;
  const address = `http://127.0.0.1:${port}/.well-known/openid-configuration`;
  while (performance.now() < deadline && isAlive()) {
    const response = await fetch(address).catch(() => undefined);
    const status = response?.status;
    await response?.arrayBuffer();
    if (status === 200) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 2);
    });
  }
  throw new Error('keywright serve did not answer');
}

/** How a side is run. Absent: one process, on a file, with all of its core. */
export interface Setup {
  readonly name: SideName;
  readonly database?: 'memory' | 'postgres';
  readonly nodes?: number;
  readonly workers?: number;
  /**
   * Of a core, for each node or worker: so that several can be seen to do more than one where there
   * is one core for all.
   */
  readonly share?: number;
  readonly nodeArgs?: readonly string[];
  readonly extensions?: boolean | undefined;
  readonly accounts?: boolean | undefined;
  readonly checkout?: string | undefined;
  /** Called with the database before the first start. */
  readonly prepare?: (database: string) => Promise<void>;
}

export async function startKeywright(cast: Cast, setup: Setup): Promise<Side> {
  const {
    name,
    nodes = 1,
    workers = 1,
    share,
    nodeArgs = [],
    extensions,
    accounts,
    checkout,
    prepare,
  } = setup;
  const database =
    setup.database === 'postgres' ? await startDatabase(await makeFolder()) : undefined;
  const place = setup.database === 'memory' ? ':memory:' : database?.address;
  const installation = await install(cast, { database: place, extensions, accounts, checkout });
  const { port, cwd } = installation;
  await prepare?.(database?.address ?? path.join(cwd, 'keywright.db'));
  const args =
    workers === 1 ? installation.args : [...installation.args, '--workers', String(workers)];
  const started: Node[] = [];
  for (let count = 0; count < nodes; count += 1) {
    const own = count === 0 ? port : await findPort();
    const child = start({
      core: serverCore,
      args: [...args, '--port', String(own)],
      nodeArgs,
      cwd,
    });
    child.stdout?.resume();
    await untilAnswering(own, () => child.exitCode === null);
    if (share !== undefined) limitShare(child.pid ?? 0, share * workers);
    started.push({ child, port: own });
  }
  const clean = async () => {
    await database?.stop();
    await installation.remove();
  };
  return sideOf(name, started, clean, database?.pid);
}
