/**
 * The API key of the background service. A command issues it at the first start. It is replaced
 * when it was lost or is no longer valid.
 */
import path from 'node:path';
import { type CommandContext, runKeywright } from './command.ts';
import { type Addresses, apiOf, clientIds } from './platform.ts';
import { readJson, writePrivateJson } from './private-files.ts';

export interface ServiceKey {
  readonly id: string;
  readonly api_key: string;
}

interface ListedKey {
  readonly id: string;
  readonly name: string;
  readonly audience: string;
  readonly scopes: readonly string[];
  readonly alive: boolean;
}

/** The demonstration finds its own key by this name, and does not change keys that a user adds. */
const name = 'npm start';
const scopes = ['buildings:read', 'measurements:write'];
const issue = [
  ['--client', clientIds.backgroundService],
  ['--environment', 'demo'],
  ['--name', name],
  ['--scope', scopes.join(' ')],
  ['--network', '127.0.0.0/8'],
  ['--network', '::1/128'],
  ['--expires', '365d'],
].flat();

/** The server must have started once, because a key belongs to a client in the database. */
export async function loadServiceKey(
  context: CommandContext,
  addresses: Addresses,
): Promise<ServiceKey> {
  const file = path.join(context.settings.folder, 'service-key.json');
  const kept = readJson(file) as ServiceKey | undefined;
  const listed = await listKeys(context);
  if (kept !== undefined && listed.some((key) => key.id === kept.id && isUsable(key, addresses)))
    return kept;
  await revokeFormer(context, listed);
  const key = JSON.parse(
    await runKeywright(context, 'api-keys', 'add', ...issue, '--json'),
  ) as ServiceKey;
  const { id, api_key } = key;
  writePrivateJson(file, { id, api_key });
  return { id, api_key };
}

async function listKeys(context: CommandContext): Promise<readonly ListedKey[]> {
  const list = ['api-keys', 'list', '--client', clientIds.backgroundService, '--json'];
  return JSON.parse(await runKeywright(context, ...list)) as readonly ListedKey[];
}

/** A key is for one API, and the port is part of the API's address. */
function isUsable({ alive, audience, scopes: given }: ListedKey, addresses: Addresses): boolean {
  return (
    alive &&
    audience === apiOf(addresses).identifier &&
    scopes.every((scope) => given.includes(scope))
  );
}

/** A key that was lost must not stay valid. */
async function revokeFormer(context: CommandContext, listed: readonly ListedKey[]): Promise<void> {
  for (const key of listed.filter((one) => one.alive && one.name === name))
    await runKeywright(
      context,
      'api-keys',
      'revoke',
      key.id,
      '--because',
      'replaced by the next start',
    );
}
