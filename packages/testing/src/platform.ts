import { createHash, randomBytes } from 'node:crypto';
import {
  type Account,
  type Accounts,
  type ApiRegistration,
  type AuthorizationServer,
  type AuthorizationServerOptions,
  type ClientRegistration,
  type ClientCertificate,
  type Clock,
  createAuthorizationServer,
  defaultKeyAlgorithms,
  ensureKeys,
  type AnyEvent,
  type Ports,
  registerApi,
  registerClient,
  type Store,
  withSealedSecret,
} from '@keywright/core';
import { createVault } from '@keywright/jwt';
import { decryptionAlgorithms } from '@keywright/jwt/encryption';
import { createPermissionEngine } from '@keywright/permissions';
import { openSqliteStore } from '@keywright/store';
import {
  type Answer,
  type Browser,
  createBrowser,
  encodeForm,
  type Form,
  readForm,
} from './browser.ts';
import { createManualClock, type ManualClock } from './clock.ts';
import { lendKeys } from './keys.ts';
import { testOneTimePasswords } from './one-time-passwords.ts';
import { jsonPages } from './pages.ts';

/** A person with an account, to sign in as. */
export interface TestPerson {
  readonly email: string;
  readonly password: string;
  readonly name: string;
  /** Further claims, by the names of OpenID Connect Core §5.1. */
  readonly claims?: Account['claims'];
}

/**
 * What a platform begins with, beside the server's own options. By default it has no API, client
 * or person.
 */
export interface TestPlatformOptions extends Partial<AuthorizationServerOptions> {
  readonly apis?: readonly ApiRegistration[];
  readonly clients?: readonly ClientRegistration[];
  readonly people?: readonly TestPerson[];
  /** Cedar policies in addition to stored permissions. Default: none. */
  readonly policies?: string;
  /** Changes to the ports, for faults: a store that fails, another renderer. */
  readonly ports?: (ports: Ports) => Partial<Ports>;
  /** A new, empty store with this clock. The platform closes it. Default: SQLite in memory. */
  readonly openStore?: OpenStore;
  /**
   * Adds keys with which clients may encrypt their requests. Making them takes as long as
   * everything else.
   */
  readonly opensRequests?: boolean;
}

/** Opens a new, empty store on the clock of the platform. */
export type OpenStore = (clock: Clock) => Promise<Store>;

let openByDefault: OpenStore = (clock) => openSqliteStore({ file: ':memory:', clock });

/**
 * Lets every platform that says nothing else start on stores of another kind: for a suite that is
 * run on several engines.
 */
export function openPlatformsOn(open: OpenStore): void {
  openByDefault = open;
}

/** An authorization server in this process, with all that a test may look at or move. */
export interface TestPlatform {
  readonly issuer: string;
  readonly server: AuthorizationServer;
  readonly store: Store;
  readonly ports: Ports;
  readonly clock: ManualClock;
  /** Everything that was logged, in order. */
  readonly events: readonly AnyEvent[];
  /** Secrets of the confidential clients, by id. */
  readonly secrets: ReadonlyMap<string, string>;
  readonly accounts: ReadonlyMap<string, Account>;
  /** A new browser with its own network, or a program, which may have a client certificate. */
  browser(remoteAddress?: string, clientCertificate?: ClientCertificate): Browser;
  /** Posts a form like a program. With a client's id, it authenticates by HTTP Basic. */
  post(path: string, form: Form, clientId?: string): Promise<Answer>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Fills the sign-in page that `request` leads to, and returns the next answer. */
  signIn(browser: Browser, email: string, location?: URL): Promise<Answer>;
  close(): Promise<void>;
}

/**
 * Starts an authorization server in this process: the same engine as in production, on a store in
 * memory, with a clock that stands still until the test moves it. Passwords are kept by a plain
 * digest, and nothing is cached. Takes some milliseconds. Close it when the test ends.
 *
 * Rejects with ConfigError, with all faults of its declarations.
 * @example
 * ```ts
 * import { createTestPlatform } from '@keywright/testing';
 *
 * const platform = await createTestPlatform({
 *   apis: [
 *     {
 *       identifier: 'https://api.example',
 *       name: 'API',
 *       scopes: [{ name: 'read', description: 'See it' }],
 *     },
 *   ],
 *   clients: [
 *     {
 *       client_id: 'service',
 *       client_name: 'Service',
 *       kind: 'service',
 *       trust: 'first-party',
 *       scope: 'read',
 *     },
 *   ],
 * });
 * const { json } = await platform.post('/token', { grant_type: 'client_credentials' }, 'service');
 * platform.clock.advance(Number(json['expires_in']));
 * await platform.close();
 * ```
 */
export async function createTestPlatform(options: TestPlatformOptions = {}): Promise<TestPlatform> {
  const {
    apis = [],
    clients = [],
    people = [],
    policies,
    ports: changes,
    openStore,
    opensRequests,
    ...rest
  } = options;
  const issuer = rest.issuer ?? 'https://as.example';
  const clock = createManualClock();
  const events: AnyEvent[] = [];
  const store = await (openStore ?? openByDefault)(clock);
  const base: Ports = {
    store,
    clock,
    random: { bytes: (length) => randomBytes(length) },
    vault: createVault(randomBytes(32)),
    accounts: testAccounts(store),
    pages: jsonPages,
    oneTimePasswords: testOneTimePasswords,
    // Code that would wait does not wait, because the time has passed.
    pause: async (seconds) => clock.advance(seconds),
    events: { emit: (event) => void events.push(event) },
    decisions: await createDecisions(store, clock, policies, events),
  };
  const ports = { ...base, ...changes?.(base) };
  const signing = rest.keyAlgorithms ?? defaultKeyAlgorithms;
  const algorithms = opensRequests === true ? [...signing, ...decryptionAlgorithms] : signing;
  const lent = lendKeys(ports.vault);
  await ensureKeys({ privateKeys: lent, ...ports }, { algorithms });
  const secrets = await declare(ports, apis, clients);
  const accounts = await addPeople(store, people, clock.nowSeconds());
  // No caching, so that a test sees its own changes. A test of the cache switches it on.
  const server = createAuthorizationServer({ cacheSeconds: 0, ...rest, issuer }, ports);
  const post = (path: string, form: Form, clientId?: string) =>
    postForm(server, issuer, secrets, path, form, clientId);
  return {
    issuer,
    server,
    store,
    ports,
    clock,
    events,
    secrets,
    accounts,
    browser: (remoteAddress, certificate) =>
      createBrowser(server, issuer, remoteAddress, certificate),
    post,
    get: (path, headers) => createBrowser(server, issuer).get(path, headers),
    signIn: (browser, email, location) => signIn(browser, people, email, location),
    close: async () => {
      await store.close();
      lent.giveBack();
    },
  };
}

async function declare(
  { store, clock, random, vault }: Ports,
  apis: readonly ApiRegistration[],
  clients: readonly ClientRegistration[],
): Promise<ReadonlyMap<string, string>> {
  const secrets = new Map<string, string>();
  for (const api of apis)
    await store.apis.save(registerApi(api, { apis: await store.apis.list(), origin: 'config' }));
  const known = await store.apis.list();
  for (const registration of clients) {
    const context = { now: clock.nowSeconds(), random, apis: known, origin: 'config' } as const;
    const { client, secret } = registerClient(registration, context);
    await store.clients.save(withSealedSecret(vault, client, secret));
    if (secret !== undefined) secrets.set(client.id, secret);
  }
  return secrets;
}

/** A plain digest, because a test must be fast and its passwords are not secret. */
function hashOf(password: string): string {
  return createHash('sha256').update(password).digest('base64url');
}

const tooShort = 'must be at least 8 characters long';

function createDecisions(
  store: Store,
  clock: Ports['clock'],
  policies: string | undefined,
  events: AnyEvent[],
): ReturnType<typeof createPermissionEngine> {
  return createPermissionEngine({
    store: store.permissions,
    policies: policies === undefined ? undefined : { text: policies, place: 'policies' },
    clock: () => clock.nowSeconds() * 1000,
    onFault: (fault) => void events.push({ type: 'permissions.fault', ...fault }),
  });
}

/** Any password of eight characters is accepted. */
function testAccounts(store: Store): Accounts {
  const emailKey = (email: string) => email.trim().toLowerCase();
  return {
    emailKey,
    judgeEmail: (email) =>
      /^[^\s\p{C}<>,;:@]+@[^\s\p{C}<>,;:@]+$/u.test(email)
        ? undefined
        : 'must be an e-mail address',
    verifyPassword: async (email, password) => {
      const account = await store.accounts.loadByEmailKey(emailKey(email));
      if (account === undefined || account.status !== 'active') return { outcome: 'wrong' };
      return account.passwordHash === hashOf(password)
        ? { outcome: 'verified', account }
        : { outcome: 'wrong' };
    },
    judgePassword: async (_, password) => (password.length < 8 ? tooShort : undefined),
    hashPassword: async (password) => ({ outcome: 'hashed', passwordHash: hashOf(password) }),
  };
}

async function addPeople(
  store: Store,
  people: readonly TestPerson[],
  now: number,
): Promise<ReadonlyMap<string, Account>> {
  const accounts = new Map<string, Account>();
  for (const { email, password, name, claims } of people) {
    const id = `usr_${createHash('sha256').update(email).digest('base64url').slice(0, 22)}`;
    const account: Account = {
      id,
      email,
      emailKey: email.toLowerCase(),
      emailVerified: true,
      name,
      passwordHash: hashOf(password),
      status: 'active',
      createdAt: now,
      ...(claims !== undefined ? { claims } : {}),
    };
    await store.accounts.add(account);
    accounts.set(email, account);
  }
  return accounts;
}

async function postForm(
  server: AuthorizationServer,
  issuer: string,
  secrets: ReadonlyMap<string, string>,
  path: string,
  form: Form,
  clientId?: string,
): Promise<Answer> {
  const secret = clientId === undefined ? undefined : secrets.get(clientId);
  const browser = createBrowser(server, issuer);
  if (clientId === undefined) return browser.post(path, form);
  if (secret === undefined)
    return browser.post(path, `${encodeForm(form)}&client_id=${encodeURIComponent(clientId)}`);
  const basic = Buffer.from(
    `${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`,
  ).toString('base64');
  return browser.post(path, form, { authorization: `Basic ${basic}` });
}

async function signIn(
  browser: Browser,
  people: readonly TestPerson[],
  email: string,
  location?: URL,
): Promise<Answer> {
  const shown = await browser.get(location === undefined ? '/sign-in' : location.href);
  const password = people.find((person) => person.email === email)?.password ?? '';
  const path = (shown.json['form'] as { action: string }).action;
  return browser.post(path, { ...readForm(shown), email, password });
}
