/** Brings the store to what the configuration declares. What was added by command is left alone. */
import {
  type Account,
  type Api,
  changedMembers,
  type Client,
  ConfigError,
  type ConfigProblem,
  type Events,
  type Random,
  type Store,
  type Vault,
  withSealedSecret,
} from '@keywright/core';
import { addAccount, replaceClaims } from './accounts/accounts.ts';
import { emailKey } from './accounts/email.ts';
import type { DeclaredAccount } from './configuration/schema.ts';

export interface Declarations {
  readonly apis: readonly Api[];
  readonly clients: readonly Client[];
  readonly accounts: readonly DeclaredAccount[];
  /** Of the clients that sign with theirs, by id. */
  readonly clientSecrets?: ReadonlyMap<string, string>;
}

export interface DeclarationContext {
  readonly now: number;
  readonly random: Random;
  /** Seals what clients sign with. */
  readonly vault: Vault;
  /** Told of each change. */
  readonly events?: Events;
}

/** Throws ConfigError before anything is written for what stands in the way, and for accounts that cannot be added. */
export async function applyDeclarations(
  store: Store,
  declared: Declarations,
  context: DeclarationContext,
): Promise<void> {
  const clients = await loadConcerned(store, declared.clients);
  assertFree(declared.clients, clients);
  await applyApis(store, declared.apis, context);
  await applyClients(store, declared, clients, context);
  await applyAccounts(store, declared.accounts, context);
}

/** Those that are declared now, and those that were: not all that there are, which may be a great many. */
async function loadConcerned(store: Store, declared: readonly Client[]): Promise<readonly Client[]> {
  const before = await listAll((after) =>
    store.clients.list({ origin: 'config', ...(after === undefined ? {} : { after }) }),
  );
  const known = new Set(before.map((client) => client.id));
  const others = declared.filter((client) => !known.has(client.id));
  const loaded = await Promise.all(others.map((client) => store.clients.load(client.id)));
  return [...before, ...loaded.filter((client) => client !== undefined)];
}

/** Every page of a list. */
export async function listAll<T>(
  load: (after: string | undefined) => Promise<{ readonly items: readonly T[]; readonly next?: string }>,
): Promise<readonly T[]> {
  const items: T[] = [];
  let after: string | undefined;
  do {
    const page = await load(after);
    items.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return items;
}

/** Taking over what somebody added by command could hand its grants to another application. */
function assertFree(declared: readonly Client[], stored: readonly Client[]): void {
  const byCommand = new Set(
    stored.filter((client) => client.origin === 'command').map((client) => client.id),
  );
  const problems = declared.flatMap((client, index): ConfigProblem[] =>
    byCommand.has(client.id)
      ? [
          {
            path: `clients[${index}].client_id`,
            message: `${client.id} was added by command: choose another, or manage it there`,
          },
        ]
      : [],
  );
  if (problems.length > 0) throw new ConfigError(problems);
}

function tell({ events }: DeclarationContext, type: string, what: Readonly<Record<string, unknown>>): void {
  events?.emit({ type, ...what, by: 'configuration' });
}

async function applyApis(store: Store, declared: readonly Api[], context: DeclarationContext): Promise<void> {
  const stored = await store.apis.list();
  for (const api of declared) {
    const former = stored.find((one) => one.identifier === api.identifier);
    if (JSON.stringify(former) === JSON.stringify(api)) continue;
    await store.apis.save(api);
    tell(context, 'api.changed', { audience: api.identifier });
  }
  for (const former of stored) {
    const gone = former.origin === 'config' && !declared.some((api) => api.identifier === former.identifier);
    if (!gone) continue;
    await store.apis.remove(former.identifier);
    tell(context, 'api.removed', { audience: former.identifier });
  }
}

/** Registered anew at each start, a client differs in its times and the ids of its secrets: those stay as they were. */
function keepHistory(client: Client, former: Client | undefined): Client {
  if (former === undefined) return client;
  const secrets = client.secrets.map(
    (secret) => former.secrets.find((one) => one.digest === secret.digest) ?? secret,
  );
  const { createdAt, tokensEndedAt } = former;
  return { ...client, secrets, createdAt, ...(tokensEndedAt === undefined ? {} : { tokensEndedAt }) };
}

async function applyClients(
  store: Store,
  { clients: declared, clientSecrets }: Declarations,
  stored: readonly Client[],
  context: DeclarationContext,
): Promise<void> {
  for (const client of declared) {
    const former = stored.find((one) => one.id === client.id);
    const kept = keepHistory(client, former);
    const wanted = withSealedSecret(context.vault, kept, clientSecrets?.get(client.id));
    if (former !== undefined && isSame(former, wanted)) continue;
    await store.clients.save(wanted);
    tellSaved(context, wanted, former);
  }
  for (const former of stored) {
    const gone = former.origin === 'config' && !declared.some((client) => client.id === former.id);
    if (!gone || former.status !== 'active') continue;
    await store.clients.disable(former.id, context.now);
    tell(context, 'client.disabled', { clientId: former.id });
  }
}

function tellSaved(context: DeclarationContext, client: Client, former: Client | undefined): void {
  const { id: clientId, kind, trust, grantTypes, scopes } = client;
  if (former === undefined) tell(context, 'client.added', { clientId, kind, trust, grantTypes, scopes });
  else tell(context, 'client.changed', { clientId, changed: changedMembers(former, client) });
}

/** Independent of the order of members. */
function isSame(left: object, right: object): boolean {
  const sorted = (value: object) =>
    JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  return sorted(left) === sorted(right);
}

/**
 * An account that exists is left as it is: the password in the file is the first one, not a reset at each start. Only its claims follow the file,
 * where the file says any.
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
    tell(context, 'account.added', { accountId });
    return;
  }
  const { claims } = declared;
  if (claims === undefined || !(await replaceClaims(store.accounts, former, claims, context.path))) return;
  // What is said of the person is theirs, and not the log's.
  tell(context, 'account.changed', { accountId: former.id, changed: ['claims'] });
}

export function findAccount(store: Store, email: string): Promise<Account | undefined> {
  return store.accounts.loadByEmailKey(emailKey(email));
}

function toNewAccount({ email, name, email_verified, password, password_hash, claims }: DeclaredAccount) {
  return {
    email,
    name,
    emailVerified: email_verified,
    ...(password === undefined ? {} : { password }),
    ...(password_hash === undefined ? {} : { passwordHash: password_hash }),
    ...(claims === undefined ? {} : { claims }),
  };
}
