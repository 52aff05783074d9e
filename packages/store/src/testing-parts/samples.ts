/** Sample objects for a store: complete, plausible, and with their own ids. */
import type {
  Account,
  Agreement,
  Api,
  ApiKey,
  Client,
  Code,
  DeferredAnswer,
  Delivery,
  Enrolment,
  Family,
  FamilyUse,
  Link,
  NewDeferredRequest,
  LogoutTarget,
  Passkey,
  Permission,
  Rotation,
  SecondFactor,
  Session,
  Store,
  StoredKey,
} from '@keywright/core';
import { now } from './contract.ts';

let made = 0;

export function makeId(prefix: string): string {
  made += 1;
  return `${prefix}${String(made).padStart(6, '0')}`;
}

export function makeClient(over: Partial<Client> = {}): Client {
  return {
    id: makeId('client-'),
    kind: 'web',
    trust: 'third-party',
    name: 'Sunrise Energy Reports',
    redirectUris: ['https://app.example/callback'],
    grantTypes: ['authorization_code', 'refresh_token'],
    scopes: ['openid', 'buildings:read', 'measurements:read'],
    optionalScopes: ['measurements:read'],
    authenticationMethods: ['client_secret_basic', 'client_secret_post'],
    secrets: [{ id: 'sec_1', digest: makeId('digest-'), createdAt: now }],
    idTokenAlgorithm: 'ES256',
    status: 'active',
    origin: 'command',
    createdAt: now,
    ...over,
  };
}

export function makeApi(over: Partial<Api> = {}): Api {
  return {
    identifier: makeId('https://api.example/'),
    name: 'Sunrise Buildings',
    scopes: [{ name: 'buildings:read', description: 'See the buildings you own' }],
    introspectors: ['client-api'],
    tokenStatus: false,
    origin: 'config',
    ...over,
  };
}

export function makeAccount(over: Partial<Account> = {}): Account {
  const name = makeId('ada');
  return {
    id: makeId('usr_'),
    email: `${name}@Example.org`,
    emailKey: `${name}@example.org`,
    emailVerified: true,
    name: 'Ada',
    passwordHash: '$argon2id$',
    status: 'active',
    createdAt: now,
    ...over,
  };
}

export function makeSession(accountId: string, over: Partial<Session> = {}): Session {
  return {
    id: makeId('ses_'),
    digest: makeId('session-digest-'),
    accountId,
    authenticatedAt: now,
    lastSeenAt: now,
    expiresAt: now + 86_400,
    ...over,
  };
}

/** The addition of a second factor, by a session that used it. */
export function makeEnrolment(accountId: string, over: Partial<SecondFactor> = {}): Enrolment {
  const session = makeSession(accountId, { terms: { amr: ['pwd', 'otp', 'mfa'] } });
  return {
    factor: { accountId, sealedSecret: 'sealed', lastStep: 100, createdAt: now, ...over },
    recoveryCodes: Array.from({ length: 10 }, () => makeId('recovery-')),
    renewed: { session, formerDigest: `former of ${accountId}` },
    mail: undefined,
  };
}

/** Adds a second factor in a new sign-in of the account. Answers whether it was added. */
export async function enrol(store: Store, enrolment: Enrolment): Promise<boolean> {
  const { session, formerDigest } = enrolment.renewed;
  await store.sessions.start(makeSession(session.accountId, { digest: formerDigest }));
  return store.secondFactors.enrol(enrolment, now);
}

export function makePasskey(accountId: string, over: Partial<Passkey> = {}): Passkey {
  return {
    id: makeId('passkey-'),
    accountId,
    publicKey: 'Y29zZQ',
    counter: 0,
    transports: ['internal'],
    aaguid: '00000000-0000-0000-0000-000000000000',
    isSyncable: true,
    isBackedUp: true,
    name: 'Phone',
    createdAt: now,
    ...over,
  };
}

export function makeDelivery(over: Partial<Delivery> = {}): Delivery {
  return {
    id: makeId('dlv_'),
    kind: 'logout',
    clientId: 'client-a',
    url: 'https://app.example/back',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'logout_token=x',
    nextAt: now,
    expiresAt: now + 120,
    ...over,
  };
}

export function makeLogoutTarget(
  over: Partial<LogoutTarget> & Pick<LogoutTarget, 'sessionId' | 'accountId'>,
): LogoutTarget {
  const { accountId: subject } = over;
  return { clientId: 'client-a', sid: makeId('sid-'), subject, expiresAt: now + 86_400, ...over };
}

export function makeKey(over: Partial<StoredKey> = {}): StoredKey {
  return {
    kid: makeId('kid-'),
    algorithm: 'ES256',
    publicJwk: { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' },
    sealedPrivateKey: 'sealed',
    createdAt: now,
    activeAt: now + 600,
    ...over,
  };
}

export function makeApiKey(clientId: string, over: Partial<ApiKey> = {}): ApiKey {
  return {
    id: makeId('apikey0000'),
    clientId,
    environment: 'live',
    name: 'Night job',
    audience: 'https://api.example',
    scopes: ['buildings:read'],
    networks: [],
    digest: makeId('digest-'),
    createdAt: now,
    ...over,
  };
}

/** A key of a new, active client. */
export async function addApiKey(store: Store, over: Partial<ApiKey> = {}): Promise<ApiKey> {
  const client = makeClient({ kind: 'service' });
  await store.clients.save(client);
  const key = makeApiKey(client.id, over);
  await store.apiKeys.add(key, 1000, now);
  return key;
}

/** An account and a client that it has agreed to. */
export interface Connection {
  readonly accountId: string;
  readonly clientId: string;
  readonly grantId: string;
}

export async function connect(store: Store): Promise<Connection> {
  const [account, client] = [makeAccount(), makeClient()];
  await Promise.all([store.accounts.add(account), store.clients.save(client)]);
  const agreement = makeAgreement({ accountId: account.id, clientId: client.id });
  await store.grants.agree(agreement, undefined, now);
  return { accountId: account.id, clientId: client.id, grantId: agreement.grantId };
}

export function makeAgreement(
  over: Partial<Agreement> & Pick<Agreement, 'accountId' | 'clientId'>,
): Agreement {
  return {
    grantId: makeId('grt_'),
    scopes: ['openid', 'buildings:read'],
    declinedScopes: [],
    audiences: ['https://api.example'],
    ...over,
  };
}

export function makeCode(
  { accountId, clientId }: Pick<Connection, 'accountId' | 'clientId'>,
  over: Partial<Code> = {},
): Omit<Code, 'grantId'> {
  return {
    digest: makeId('code-digest-'),
    familyId: makeId('fam_'),
    accountId,
    clientId,
    redirectUri: 'https://app.example/callback',
    redirectUriSent: true,
    codeChallenge: 'challenge',
    scopes: ['openid', 'buildings:read'],
    audiences: ['https://api.example'],
    authenticatedAt: now - 5,
    expiresAt: now + 60,
    ...over,
  };
}

/** A request of a device, unless the parameters say otherwise. */
export function makeDeferred(
  { clientId }: Pick<Connection, 'clientId'>,
  over: Partial<NewDeferredRequest> = {},
): NewDeferredRequest {
  return {
    digest: makeId('deferred-digest-'),
    kind: 'device',
    clientId,
    ask: {
      scopes: ['openid', 'buildings:read'],
      audiences: ['https://api.example'],
      network: '192.0.2.1',
    },
    intervalSeconds: 5,
    createdAt: now,
    expiresAt: now + 600,
    ...over,
  };
}

/** The user allows everything. */
export function makeDeferredAnswer(
  digest: string,
  connection: Pick<Connection, 'accountId' | 'clientId'>,
): Required<Omit<DeferredAnswer, 'ping'>> {
  const agreement = makeAgreement({
    accountId: connection.accountId,
    clientId: connection.clientId,
  });
  const { scopes, audiences } = agreement;
  return {
    digest,
    accountId: connection.accountId,
    approval: { agreement, agreed: { scopes, audiences, authenticatedAt: now - 5 } },
  };
}

export function makeFamily(connection: Connection, over: Partial<Family> = {}): Family {
  const id = over.id ?? makeId('fam_');
  return {
    ...connection,
    id,
    scopes: ['openid', 'buildings:read'],
    audiences: ['https://api.example'],
    authenticatedAt: now - 5,
    currentDigest: `${id}.0`,
    createdAt: now,
    expiresAt: now + 1000,
    absoluteExpiresAt: now + 5000,
    ...over,
  };
}

/** Spends token number `from` of the family for the next one. */
export function makeRotation(family: Family, from: number, over: Partial<Rotation> = {}): Rotation {
  return {
    familyId: family.id,
    clientId: family.clientId,
    presentedDigest: `${family.id}.${from}`,
    successorDigest: `${family.id}.${from + 1}`,
    sealedSuccessor: `sealed.${from + 1}`,
    expiresAt: now + 1000,
    retrySeconds: 30,
    ...over,
  };
}

/** Uses token number `of` of the family without rotation. */
export function makeUse(family: Family, of: number, over: Partial<FamilyUse> = {}): FamilyUse {
  return {
    familyId: family.id,
    clientId: family.clientId,
    presentedDigest: `${family.id}.${of}`,
    expiresAt: now + 1000,
    ...over,
  };
}

export async function startFamily(store: Store, over: Partial<Family> = {}): Promise<Family> {
  const family = makeFamily(await connect(store), over);
  await store.families.start(family);
  return family;
}

/** `entity('user:ada')` */
export function entity(name: string): { readonly type: string; readonly id: string } {
  const colon = name.indexOf(':');
  return { type: name.slice(0, colon), id: name.slice(colon + 1) };
}

export function makePermission(subject: string, action: string, resource: string): Permission {
  return { subject: entity(subject), action, resource: entity(resource), createdAt: now };
}

export function makeLink(kind: Link['kind'], lower: string, upper: string): Link {
  return { kind, lower: entity(lower), upper: entity(upper), createdAt: now };
}
