/**
 * People as a platform has them, written by the verbs of the store, with texts as long as real ones: what room.test.ts weighs. For each
 * person there is one row in every table.
 */
import { randomBytes } from 'node:crypto';
import type { Family, Store } from '@keywright/core';
import { createVault, digest } from '@keywright/jwt';
import { createRecorder } from '../packages/server/src/audit/recorder.ts';

export const now = 1_800_000_000;

const day = 86_400;
const rotations = 3;
/** An application for so many people. */
const peopleEach = 2;
const audience = 'https://api.sunrise.example';
const scopes = ['openid', 'profile', 'offline_access', 'buildings:read'];
const vault = createVault(randomBytes(32));

const secret = () => randomBytes(32).toString('base64url');
const makeId = (prefix: string) => `${prefix}${randomBytes(16).toString('base64url')}`;

/** So many of them `atOnce`. */
export async function addPeople(store: Store, count: number, atOnce: number): Promise<void> {
  const clients = Array.from({ length: count / peopleEach }, () => makeId('app-'));
  for (const id of clients) await addClient(store, id);
  const people: Person[] = [];
  while (people.length < count) {
    const some = Array.from({ length: Math.min(atOnce, count - people.length) }, (_, index) =>
      addPerson(store, clients[(people.length + index) % clients.length] as string),
    );
    people.push(...(await Promise.all(some)));
  }
  await recordEvents(store, people);
}

export async function addClient(store: Store, id: string): Promise<void> {
  await store.clients.save(clientOf(id));
}

interface Person {
  readonly accountId: string;
  readonly clientId: string;
  readonly grantId: string;
}

async function addPerson(store: Store, clientId: string): Promise<Person> {
  const person = await addAccount(store, clientId);
  await signIn(store, person, { at: now, seconds: 30 * day });
  await addApiKey(store, clientId);
  const resource = { type: 'building', id: makeId('b-') };
  const subject = { type: 'user', id: person.accountId };
  await store.permissions.set({ subject, action: 'buildings:read', resource, createdAt: now });
  await store.permissions.link({
    kind: 'membership',
    lower: subject,
    upper: { type: 'group', id: makeId('household-') },
    createdAt: now,
  });
  return person;
}

/** One who has nothing yet. */
export async function addAccount(store: Store, clientId: string): Promise<Person> {
  const accountId = makeId('usr_');
  await store.accounts.add(accountOf(accountId));
  return { accountId, clientId, grantId: makeId('grt_') };
}

export interface Visit {
  readonly at: number;
  /** How long the session and an idle refresh token live. */
  readonly seconds: number;
}

/** Signs in in a new browser, agrees, and the application takes its tokens and refreshes them. */
export async function signIn(store: Store, person: Person, visit: Visit): Promise<void> {
  const { accountId } = person;
  const { at, seconds } = visit;
  const session = { id: makeId('ses_'), digest: digest(secret()), accountId };
  await store.sessions.start({
    ...session,
    authenticatedAt: at,
    lastSeenAt: at,
    expiresAt: at + seconds,
  });
  const bucket = { key: `network:${digest(makeId(''))}`, intervalSeconds: 10, burst: 30 };
  await store.throttles.take([bucket], at);
  await takeTokens(store, person, session.id, visit);
}

async function takeTokens(store: Store, person: Person, sessionId: string, visit: Visit): Promise<void> {
  const { at, seconds } = visit;
  const given = { ...person, scopes, audiences: [audience] };
  const common = { ...given, authenticatedAt: at, sessionId };
  const familyId = makeId('fam_');
  const code = {
    ...common,
    digest: digest(secret()),
    familyId,
    redirectUri: 'https://heatlens.example/signed-in/callback',
    redirectUriSent: true,
    codeChallenge: digest(secret()),
    nonce: makeId(''),
    expiresAt: at + 60,
  };
  const claim = { id: makeId('req_'), expiresAt: at + 1800 };
  await store.codes.issue({ code, agreement: { ...given, declinedScopes: [] }, claim }, at);
  let presented = `rt_${makeId('')}.${secret()}`;
  const family: Family = {
    ...common,
    id: familyId,
    currentDigest: digest(presented),
    createdAt: at,
    expiresAt: at + seconds,
    absoluteExpiresAt: at + 365 * day,
  };
  await store.codes.redeem(code.digest, family, at);
  await store.statuses.assign(familyId);
  for (let rotation = 1; rotation <= rotations; rotation += 1)
    presented = await rotate(store, family, presented, at + rotation);
}

async function rotate(store: Store, family: Family, presented: string, at: number): Promise<string> {
  const successor = `rt_${makeId('')}.${secret()}`;
  await store.families.rotate(
    {
      familyId: family.id,
      clientId: family.clientId,
      presentedDigest: digest(presented),
      successorDigest: digest(successor),
      sealedSuccessor: vault.seal('refresh-successor', successor, presented),
      expiresAt: family.expiresAt,
      retrySeconds: 60,
    },
    at,
  );
  return successor;
}

async function addApiKey(store: Store, clientId: string): Promise<void> {
  const key = {
    id: randomBytes(8).toString('hex'),
    clientId,
    environment: 'live' as const,
    name: 'Night job in Karlsruhe',
    audience,
    scopes: ['buildings:read'],
    networks: ['192.0.2.0/24'],
    digest: digest(secret()),
    createdAt: now,
  };
  await store.apiKeys.add(key, 1_000_000, now);
}

async function recordEvents(store: Store, people: readonly Person[]): Promise<void> {
  const recorder = createRecorder({
    store: store.audit,
    signer: vault,
    nowMs: () => now * 1000,
    process: { process: 'serve', host: 'a', pid: 1, retentionDays: 400 },
    onFault: (what) => {
      throw new Error(what);
    },
  });
  for (const person of people)
    recorder.record({ type: 'code.redeemed', ...person, familyId: makeId('fam_'), scopes });
  await recorder.close(60_000);
}

const accountOf = (id: string) => {
  const email = `ada.lovelace.${randomBytes(3).toString('hex')}@example.com`;
  return {
    id,
    email,
    emailKey: email,
    emailVerified: true,
    name: 'Ada Lovelace',
    passwordHash: `$argon2id$v=19$m=19456,t=2,p=1$${makeId('')}$${secret()}`,
    status: 'active' as const,
    createdAt: now,
  };
};

const clientOf = (id: string) => ({
  id,
  kind: 'web' as const,
  trust: 'third-party' as const,
  name: 'Heatlens for Buildings',
  publisher: 'Nordwind Analytics',
  homepage: 'https://heatlens.example',
  redirectUris: ['https://heatlens.example/signed-in/callback'],
  grantTypes: ['authorization_code', 'refresh_token'] as const,
  scopes,
  optionalScopes: ['buildings:read'],
  authenticationMethods: ['client_secret_basic', 'client_secret_post'] as const,
  secrets: [{ id: 'sec_1', digest: digest(secret()), createdAt: now }],
  idTokenAlgorithm: 'ES256' as const,
  status: 'active' as const,
  origin: 'command' as const,
  createdAt: now,
});
