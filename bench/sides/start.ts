/** Starting a side by its name. */
import path from 'node:path';
import type { Cast } from '../cast.ts';
import type { FloorSettings } from './floor.ts';
import type { FrameworkSettings } from './frameworks.ts';
import { startDatabase } from './database.ts';
import { makeFolder, startKeywright } from './keywright.ts';
import type { PeerSettings } from './peer.ts';
import { benchFolder, findPort, listeningPort, serverCore, start } from './process.ts';
import type { ProtectedSettings } from './protected.ts';
import { type Side, type SideName, sideOf } from './side.ts';

async function startOwn(
  name: SideName,
  file: string,
  input: unknown,
  nodeArgs: readonly string[],
): Promise<Side> {
  const child = start({
    core: serverCore,
    args: [path.join(benchFolder, 'sides', file)],
    nodeArgs,
    input,
  });
  return sideOf(name, [{ child, port: await listeningPort(child) }]);
}

async function startPeerOnPostgres(cast: Cast, nodeArgs: readonly string[]): Promise<Side> {
  const database = await startDatabase(await makeFolder());
  const settings: PeerSettings = { cast, port: await findPort(), database: database.address };
  const file = path.join(benchFolder, 'sides', 'peer.ts');
  const child = start({ core: serverCore, args: [file], nodeArgs, input: settings });
  const port = await listeningPort(child);
  return sideOf('peer-postgres', [{ child, port }], () => database.stop(), database.pid);
}

export const documentPaths = ['/.well-known/openid-configuration', '/jwks', '/sign-in'] as const;
/** Headers that node:http makes itself, or that frame the body. */
const framing = new Set([
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'transfer-encoding',
]);

async function readDocument(issuer: string, target: string) {
  const response = await fetch(issuer + target);
  const headers = [...response.headers].filter(([name]) => !framing.has(name));
  return { headers: Object.fromEntries(headers), body: await response.text() };
}

/** What the floor serves is what the other side serves, headers included. */
async function documentsOf(side: Side | undefined): Promise<FloorSettings['documents']> {
  if (side === undefined) return {};
  const read = documentPaths.map(
    async (target) => [target, await readDocument(side.issuer, target)] as const,
  );
  return Object.fromEntries(await Promise.all(read));
}

/** Of a core, for each node or worker that is to be compared with two of them. */
const nodeShare = 0.4;

/** How the sides of one scenario are started. */
export interface Starting {
  /** The sides of this scenario that run already. */
  readonly others: readonly Side[];
  readonly nodeArgs?: readonly string[];
  /** Set up with what the extensions need. */
  readonly extensions?: boolean | undefined;
  /** Set up with passkeys and second factors. */
  readonly accounts?: boolean | undefined;
  /** The checkout that `before` is run from. */
  readonly before?: string | undefined;
}

export async function startSide(
  name: SideName,
  cast: Cast,
  { others, nodeArgs = [], extensions, accounts, before }: Starting,
): Promise<Side> {
  switch (name) {
    case 'keywright':
      return startKeywright(cast, { name, nodeArgs, extensions, accounts });
    case 'before':
      return startKeywright(cast, { name, nodeArgs, extensions, accounts, checkout: before });
    case 'keywright-memory':
      return startKeywright(cast, { name, nodeArgs, extensions, accounts, database: 'memory' });
    case 'keywright-postgres':
      return startKeywright(cast, { name, nodeArgs, database: 'postgres' });
    case 'one-node':
      return startKeywright(cast, { name, nodeArgs, database: 'postgres', share: nodeShare });
    case 'two-nodes':
      return startKeywright(cast, {
        name,
        nodeArgs,
        database: 'postgres',
        share: nodeShare,
        nodes: 2,
      });
    case 'one-worker':
      return startKeywright(cast, { name, nodeArgs, share: nodeShare });
    case 'two-workers':
      return startKeywright(cast, { name, nodeArgs, share: nodeShare, workers: 2 });
    case 'peer':
      return startOwn(
        name,
        'peer.ts',
        { cast, port: await findPort(), extensions } satisfies PeerSettings,
        nodeArgs,
      );
    case 'peer-postgres':
      return startPeerOnPostgres(cast, nodeArgs);
    case 'empty':
    case 'filled':
      throw new Error(`${name} is started by loaded.ts`);
    case 'floor':
      return startOwn(
        name,
        'floor.ts',
        {
          cast,
          documents: await documentsOf(others[0]),
        } satisfies FloorSettings,
        nodeArgs,
      );
    case 'bare':
    case 'guarded':
    case 'verifying':
      return startOwn(
        name,
        'protected.ts',
        { cast, mode: name } satisfies ProtectedSettings,
        nodeArgs,
      );
    case 'express-bare':
    case 'express-guarded':
    case 'express-peer':
    case 'fastify-bare':
    case 'fastify-guarded':
    case 'fastify-peer':
      return startOwn(
        name,
        'frameworks.ts',
        { cast, mode: name } satisfies FrameworkSettings,
        nodeArgs,
      );
  }
}
