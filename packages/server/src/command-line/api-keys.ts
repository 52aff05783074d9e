/**
 * `keywright api-keys add|list|rotate|revoke`. A service can have an API key only after an operator
 * issued one by command.
 */
import {
  type ApiKey,
  defaultOverlapSeconds,
  isApiKeyAlive,
  type IssuedApiKey,
  issueApiKey,
  rotateApiKey,
} from '@keywright/core';
import { listAll } from '../declarations.ts';
import { systemClock, systemRandom } from '../ports.ts';
import { type CommandContext, type GlobalOptions, withStore } from './context.ts';
import { parseDuration } from './duration.ts';
import { CommandError, moment, print, printJson, printList, warn } from './output.ts';

export interface AddApiKeyOptions {
  readonly json?: boolean;
  readonly client: string;
  readonly environment: string;
  readonly name: string;
  readonly scope: string;
  readonly expires?: string;
  readonly network?: readonly string[];
}

function portsOf({ store, events }: CommandContext) {
  return { store, clock: systemClock, random: systemRandom, events };
}

/** All fields of a key except its digest. */
function renderKey({ digest: _, ...key }: ApiKey) {
  return key;
}

export function addApiKey(options: AddApiKeyOptions, global: GlobalOptions): Promise<void> {
  return withStore(global, async (context) => {
    await assertKnown(context, options.client);
    const issued = await issueApiKey(portsOf(context), {
      client_id: options.client,
      environment: options.environment,
      name: options.name,
      scope: options.scope,
      networks: options.network,
      lifetimeSeconds:
        options.expires === undefined ? undefined : parseDuration(options.expires, '--expires'),
    });
    printIssued(issued, options.json === true);
    if (issued.key.expiresAt === undefined)
      warn('The key does not expire. Rotate it regularly, or set --expires.');
  });
}

/** The server writes a client of the configuration to the database when it starts. */
async function assertKnown(
  { store, configuration }: CommandContext,
  clientId: string,
): Promise<void> {
  if ((await store.clients.load(clientId)) !== undefined) return;
  const declared = configuration.clients.some(({ id }) => id === clientId);
  throw new CommandError(
    declared
      ? `${clientId} is in the configuration, but no server has started with it yet. Start the server once.`
      : `There is no client ${clientId}.`,
  );
}

function printIssued({ key, text }: IssuedApiKey, json: boolean): void {
  if (json) return printJson({ ...renderKey(key), api_key: text });
  print(`id       ${key.id}`);
  print(`api_key  ${text}`);
  warn(
    `The key is shown only once, because only its digest is stored. Put it where ${key.clientId} reads its secrets.`,
  );
  return warn(`The key is only for ${key.audience}.`);
}

export interface ListApiKeysOptions {
  readonly json?: boolean;
  readonly client?: string;
}

export function listApiKeys(
  { json = false, client }: ListApiKeysOptions,
  global: GlobalOptions,
): Promise<void> {
  return withStore(global, async ({ store, now }) => {
    const filter = client === undefined ? {} : { clientId: client };
    const keys = await listAll((paging) => store.apiKeys.list(filter, paging));
    const ordered = keys.toSorted((one, other) => one.createdAt - other.createdAt);
    printList(
      ordered.map((key) => ({ ...renderKey(key), alive: isApiKeyAlive(key, now) })),
      json,
      ['ID', 'CLIENT', 'ENV', 'NAME', 'API', 'SCOPES', 'LAST USED', 'STATE'],
      (key) => [
        key.id,
        key.clientId,
        key.environment,
        key.name,
        key.audience,
        key.scopes.join(' '),
        key.lastUsedAt === undefined ? 'never' : moment(key.lastUsedAt),
        describeState(key),
      ],
    );
  });
}

function describeState(key: Omit<ApiKey, 'digest'> & { readonly alive: boolean }): string {
  if (key.revokedAt !== undefined) return `revoked ${moment(key.revokedAt)}: ${key.revokedBecause}`;
  if (key.expiresAt === undefined) return 'alive';
  return key.alive ? `alive until ${moment(key.expiresAt)}` : `expired ${moment(key.expiresAt)}`;
}

export interface RotateApiKeyOptions {
  readonly json?: boolean;
  readonly overlap?: string;
  readonly expires?: string;
}

export function rotate(
  id: string,
  options: RotateApiKeyOptions,
  global: GlobalOptions,
): Promise<void> {
  return withStore(global, async (context) => {
    await loadKey(context, id);
    const { overlap, expires } = options;
    const overlapSeconds =
      overlap === undefined ? defaultOverlapSeconds : parseDuration(overlap, '--overlap');
    const lifetimeSeconds = expires === undefined ? undefined : parseDuration(expires, '--expires');
    const issued = await rotateApiKey(portsOf(context), id, { overlapSeconds, lifetimeSeconds });
    printIssued(issued, options.json === true);
    const { expiresAt = context.now } = await loadKey(context, id);
    warn(`The former key, ${id}, works until ${moment(expiresAt)}.`);
  });
}

export function revokeApiKey(
  id: string,
  { because }: { readonly because: string },
  global: GlobalOptions,
): Promise<void> {
  return withStore(global, async (context) => {
    if (because.trim() === '' || because.length > 200)
      throw new CommandError('--because must have 1 to 200 characters.');
    const key = await loadKey(context, id);
    const revoked = await context.store.apiKeys.revoke(id, because, context.now);
    if (revoked) tellRevoked(context, key, because);
    if (revoked)
      return print(`${key.name} (${id}) is revoked: every API refuses it within five seconds.`);
    return print(`${key.name} (${id}) was revoked before.`);
  });
}

function tellRevoked(
  { events }: CommandContext,
  { id: keyId, clientId }: ApiKey,
  because: string,
): void {
  events.emit({ type: 'api_key.revoked', keyId, clientId, because });
}

async function loadKey({ store }: CommandContext, id: string): Promise<ApiKey> {
  // Otherwise the whole key would be in the history of the shell and in this output.
  if (id.startsWith('kwk_'))
    throw new CommandError(
      'Give the id of the key, not the key. The id is the third part of the key.',
    );
  const key = await store.apiKeys.load(id);
  if (key === undefined) throw new CommandError(`There is no API key ${id}.`);
  return key;
}
