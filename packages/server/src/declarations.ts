/**
 * Writes the declarations of the configuration to the store. Objects that were added by command do
 * not change.
 */
import {
  type Account,
  addedClient,
  type Api,
  canKeepSecrets,
  canonicalText,
  changedMembers,
  type Client,
  ConfigError,
  type ConfigProblem,
  endsGrants,
  type Events,
  hasOtherSubjects,
  type Page,
  type Paging,
  type Random,
  type Store,
  type Vault,
  withSealedSecret,
} from '@keywright/core';
import { addAccount, replaceClaims } from './accounts/accounts.ts';
import type { IsBreached } from './accounts/breached-passwords.ts';
import { emailKey } from './accounts/email.ts';
import { toNewAccount } from './configuration/declared-account.ts';
import type { DeclaredAccount } from './configuration/schema.ts';

export interface Declarations {
  readonly apis: readonly Api[];
  readonly clients: readonly Client[];
  readonly accounts: readonly DeclaredAccount[];
  /** The secrets of the clients that sign with them, by client id. */
  readonly clientSecrets?: ReadonlyMap<string, string>;
  /** The ids of clients that may take over a client that was added in another way. */
  readonly adopted?: ReadonlySet<string>;
  /** The ids of clients that keep the secrets in the store. */
  readonly keptSecrets?: ReadonlySet<string>;
}

export interface DeclarationContext {
  readonly now: number;
  readonly random: Random;
  /** Seals the secrets with which clients sign. */
  readonly vault: Vault;
  /** Called for each change. */
  readonly events?: Events;
  readonly isBreached?: IsBreached | undefined;
}

/**
 * Throws ConfigError before anything is written, if a client conflicts with an existing one or an
 * account cannot be added.
 */
export async function applyDeclarations(
  store: Store,
  declared: Declarations,
  context: DeclarationContext,
): Promise<void> {
  const clients = await loadConcerned(store, declared.clients);
  assertAdoptable(declared, clients);
  await applyApis(store, declared.apis, context);
  await applyClients(store, declared, clients, context);
  await applyAccounts(store, declared.accounts, context);
}

/**
 * Reads only clients that are declared now or were declared before, because there may be very many
 * others.
 */
async function loadConcerned(
  store: Store,
  declared: readonly Client[],
): Promise<readonly Client[]> {
  const before = await listAll((paging) => store.clients.list({ origin: 'config', ...paging }));
  const known = new Set(before.map((client) => client.id));
  const others = declared.filter((client) => !known.has(client.id));
  const loaded = await Promise.all(others.map((client) => store.clients.load(client.id)));
  return [...before, ...loaded.filter((client) => client !== undefined)];
}

/** All pages of a list. */
export async function listAll<T>(
  load: (paging: Paging) => Promise<Page<T>>,
): Promise<readonly T[]> {
  const items: T[] = [];
  const limit = 1000;
  let paging: Paging = { limit };
  for (;;) {
    const page = await load(paging);
    items.push(...page.items);
    if (page.next === undefined) return items;
    paging = { limit, after: page.next };
  }
}

/** Checks all clients before any is written. */
function assertAdoptable(declared: Declarations, stored: readonly Client[]): void {
  const problems = declared.clients.flatMap((client, index) => {
    const former = stored.find(({ id }) => id === client.id);
    return findAdoptionProblems(client, `clients[${index}]`, former, declared);
  });
  if (problems.length > 0) throw new ConfigError(problems);
}

/**
 * A client that takes over another gets the consents of its users. Another application could abuse
 * this. So it happens only if the file says so.
 */
function findAdoptionProblems(
  client: Client,
  at: string,
  former: Client | undefined,
  { adopted, keptSecrets }: Declarations,
): readonly ConfigProblem[] {
  if (former !== undefined && former.origin !== 'config' && adopted?.has(client.id) !== true)
    return [{ path: `${at}.client_id`, message: taken(former) }];
  const isShort = former === undefined || !canKeepSecrets(client, former.secrets);
  return keptSecrets?.has(client.id) === true && isShort
    ? [
        {
          path: `${at}.client_secret`,
          message: 'is required, because the store has no secret for it',
        },
      ]
    : [];
}

function taken({ id, origin }: Client): string {
  const how = origin === 'command' ? 'was added by command' : 'registered itself';
  return `${id} ${how}. Take it over with \`adopt: true\`, choose another id, or manage it by command`;
}

/** Of each event: whose act it was. */
const by = 'configuration';

async function applyApis(
  store: Store,
  declared: readonly Api[],
  context: DeclarationContext,
): Promise<void> {
  const stored = await store.apis.list();
  for (const api of declared) {
    const former = stored.find((one) => one.identifier === api.identifier);
    if (JSON.stringify(former) === JSON.stringify(api)) continue;
    await store.apis.save(api);
    context.events?.emit({ type: 'api.changed', audience: api.identifier, by });
  }
  for (const former of stored) {
    const gone =
      former.origin === 'config' && !declared.some((api) => api.identifier === former.identifier);
    if (!gone) continue;
    await store.apis.remove(former.identifier);
    context.events?.emit({ type: 'api.removed', audience: former.identifier, by });
  }
}

/**
 * Each start registers the client again, with new times and new ids of its secrets. These stay as
 * they were.
 */
function keepHistory(client: Client, former: Client | undefined, keepsSecrets: boolean): Client {
  if (former === undefined) return client;
  const secrets = keepsSecrets
    ? former.secrets
    : client.secrets.map(
        (secret) => former.secrets.find((one) => one.digest === secret.digest) ?? secret,
      );
  const { createdAt, tokensEndedAt } = former;
  return {
    ...client,
    secrets,
    createdAt,
    ...(tokensEndedAt === undefined ? {} : { tokensEndedAt }),
  };
}

async function applyClients(
  store: Store,
  declared: Declarations,
  stored: readonly Client[],
  context: DeclarationContext,
): Promise<void> {
  for (const [index, client] of declared.clients.entries()) {
    const former = stored.find((one) => one.id === client.id);
    await applyClient(store, declared, { client, at: `clients[${index}]`, former }, context);
  }
  for (const former of stored) {
    const gone =
      former.origin === 'config' && !declared.clients.some((client) => client.id === former.id);
    if (!gone || former.status !== 'active') continue;
    await store.clients.disable(former.id, context.now);
    context.events?.emit({ type: 'client.disabled', clientId: former.id, by });
  }
}

const mostTries = 20;

/**
 * If a secret is renewed or ended, or the client is disabled, at the same time, that change is not
 * overwritten. The client is read again, and the declared one replaces exactly the one that was
 * read, or nothing.
 */
async function applyClient(
  store: Store,
  declared: Declarations,
  { client, at, former: first }: { client: Client; at: string; former: Client | undefined },
  context: DeclarationContext,
): Promise<void> {
  const secret = declared.clientSecrets?.get(client.id);
  const keepsSecrets = declared.keptSecrets?.has(client.id) === true;
  // The client is declared again. If its secrets are not from the file, it may have been disabled
  // because of them.
  const isEnabled = first?.status === 'disabled' && !keepsSecrets;
  let former = first;
  for (let count = 0; count < mostTries; count++) {
    const kept = keepHistory(client, former, keepsSecrets);
    const status = isEnabled ? client.status : (former?.status ?? client.status);
    const wanted = withSealedSecret(context.vault, { ...kept, status }, secret);
    if (former !== undefined && canonicalText(former) === canonicalText(wanted)) return;
    if (await writeClient(store, wanted, former, context.now))
      return tellSaved(context, wanted, former);
    former = await store.clients.load(client.id);
    const problems = findAdoptionProblems(client, at, former, declared);
    if (problems.length > 0) throw new ConfigError(problems);
  }
  throw new ConfigError([{ path: at, message: 'is being changed by somebody else: start again' }]);
}

/** Returns false and changes nothing, unless the client is still as it was read. */
async function writeClient(
  { clients }: Store,
  wanted: Client,
  former: Client | undefined,
  now: number,
): Promise<boolean> {
  if (former === undefined) return clients.add(wanted, undefined, now);
  const isChanged = await clients.update(wanted, former, endsGrants(former, wanted), now);
  if (isChanged && former.status !== wanted.status) await clients.enable(wanted.id, now);
  return isChanged;
}

function tellSaved(context: DeclarationContext, client: Client, former: Client | undefined): void {
  if (former === undefined) context.events?.emit({ ...addedClient(client), by });
  else
    context.events?.emit({
      type: 'client.changed',
      clientId: client.id,
      changed: changedMembers(former, client),
      ...(endsGrants(former, client) ? { endsGrants: true } : {}),
      // OpenID Connect Core §8.1: the client now knows its users by other subjects.
      ...(hasOtherSubjects(former, client) ? { otherSubjects: true } : {}),
      by,
    });
}

/**
 * An existing account does not change, because the password in the file is the first one, not a
 * reset at each start. Only its claims follow the file, if the file has any.
 */
async function applyAccounts(
  store: Store,
  declared: readonly DeclaredAccount[],
  context: DeclarationContext,
): Promise<void> {
  const problems: ConfigProblem[] = [];
  for (const [index, account] of declared.entries()) {
    try {
      await applyAccount(store, account, { ...context, path: `accounts[${index}]` });
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
}

async function applyAccount(
  store: Store,
  declared: DeclaredAccount,
  context: DeclarationContext & { readonly path: string },
): Promise<void> {
  const former = await findAccount(store, declared.email);
  if (former === undefined) {
    const { id: accountId } = await addAccount(store.accounts, toNewAccount(declared), context);
    context.events?.emit({ type: 'account.added', accountId, by });
    return;
  }
  const { claims } = declared;
  if (claims === undefined || !(await replaceClaims(store.accounts, former, claims, context.path)))
    return;
  // Claims are personal data, so they are not in the log.
  context.events?.emit({ type: 'account.changed', accountId: former.id, changed: ['claims'], by });
}

export function findAccount(store: Store, email: string): Promise<Account | undefined> {
  return store.accounts.loadByEmailKey(emailKey(email));
}
