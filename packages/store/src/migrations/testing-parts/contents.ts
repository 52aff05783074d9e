/**
 * The content of each frozen store: one or two rows in every table, written by the verbs of that
 * version. `fill` wrote them (tools/freeze-store.ts), and `frozen.test.ts` reads them with the
 * present verbs. Append only: the content of a frozen store never changes.
 */
import { createHash } from 'node:crypto';
import type {
  Account,
  Api,
  ApiKey,
  AuditEntry,
  AuditHead,
  Client,
  Code,
  Family,
  Link,
  Permission,
  Session,
  Store,
  StoredKey,
} from '@keywright/core';

/** The time of every row without a time of its own. */
export const frozenAt = 1_800_000_000;

export const digest = (text: string) => createHash('sha256').update(text).digest('base64url');

export const api: Api = {
  identifier: 'https://api.sunrise.example',
  name: 'Sunrise Buildings',
  scopes: [{ name: 'buildings:read', description: "See the buildings' names" }],
  introspectors: ['sunrise-api'],
  // Since version 2.
  tokenStatus: true,
  origin: 'config',
};

export const clientOf = (id: string, over: Partial<Client>): Client => ({
  id,
  kind: 'web',
  trust: 'third-party',
  name: 'Heatlens',
  redirectUris: ['https://heatlens.example/callback'],
  grantTypes: ['authorization_code', 'refresh_token'],
  scopes: ['openid', 'offline_access', 'buildings:read'],
  optionalScopes: ['buildings:read'],
  authenticationMethods: ['client_secret_basic'],
  secrets: [{ id: 'sec_1', digest: digest('heatlens'), createdAt: frozenAt }],
  idTokenAlgorithm: 'ES256',
  status: 'active',
  origin: 'command',
  createdAt: frozenAt,
  ...over,
});

export const heatlens = clientOf('heatlens', {
  publisher: 'Nordwind Analytics',
  homepage: 'https://heatlens.example',
});

export const thermometer = clientOf('thermometer', {
  kind: 'service',
  trust: 'first-party',
  name: "Ada's thermometer",
  redirectUris: [],
  grantTypes: ['client_credentials'],
  scopes: ['buildings:read'],
  optionalScopes: [],
});

/** A disabled client, whose grants were ended. */
export const formerClient = clientOf('former', { name: 'Former' });

export const accountOf = (id: string, name: string): Account => ({
  id,
  email: `${name}@Example.com`,
  emailKey: `${name.toLowerCase()}@example.com`,
  emailVerified: name === 'Ada',
  name,
  passwordHash: '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA',
  status: 'active',
  createdAt: frozenAt,
});

export const ada = accountOf('usr_ada', 'Ada');
export const grace = accountOf('usr_grace', 'Grace');

export const session: Session = {
  id: 'ses_ada',
  digest: digest('session'),
  accountId: ada.id,
  authenticatedAt: frozenAt,
  lastSeenAt: frozenAt,
  expiresAt: frozenAt + 86_400,
};

export const grantId = 'grt_ada';
const formerGrantId = 'grt_former';

export const marker = { id: 'answered-page', expiresAt: frozenAt + 3600 };

const codeOf = (name: string): Omit<Code, 'grantId'> => ({
  digest: digest(`code ${name}`),
  familyId: `fam_${name}`,
  accountId: ada.id,
  clientId: heatlens.id,
  redirectUri: 'https://heatlens.example/callback',
  redirectUriSent: true,
  codeChallenge: digest('verifier'),
  scopes: ['openid', 'buildings:read'],
  audiences: [api.identifier],
  nonce: "Ada's",
  authenticatedAt: frozenAt - 5,
  expiresAt: frozenAt + 60,
});

/** Issued, and not redeemed when the store was frozen. */
export const openCode = codeOf('open');
/** A redeemed code, which started `spentFamily`. */
export const spentCode = codeOf('spent');

export const familyOf = (id: string, over: Partial<Family> = {}): Family => ({
  id,
  grantId,
  accountId: ada.id,
  clientId: heatlens.id,
  scopes: ['openid', 'buildings:read'],
  audiences: [api.identifier],
  authenticatedAt: frozenAt - 5,
  currentDigest: digest(`${id} 0`),
  createdAt: frozenAt,
  expiresAt: frozenAt + 1000,
  absoluteExpiresAt: frozenAt + 5000,
  ...over,
});

export const spentFamily = familyOf('fam_spent');
/** The family that the open code will start. */
export const openFamily = familyOf('fam_open');
/** Since version 2 a family has the id of its session. */
export const sessionFamily = familyOf('fam_session', { sessionId: session.id });
export const endedFamily = familyOf('fam_ended');

/** The token that `spentFamily` was rotated to, ten seconds later. */
export const rotation = {
  familyId: spentFamily.id,
  clientId: heatlens.id,
  presentedDigest: digest(`${spentFamily.id} 0`),
  successorDigest: digest(`${spentFamily.id} 1`),
  sealedSuccessor: 'sealed successor',
  expiresAt: frozenAt + 2000,
  retrySeconds: 30,
};
export const rotatedAt = frozenAt + 10;

const keyOf = (kid: string): StoredKey => ({
  kid,
  algorithm: 'ES256',
  publicJwk: { kty: 'EC', crv: 'P-256', x: digest('x'), y: digest('y') },
  sealedPrivateKey: 'sealed private key',
  createdAt: frozenAt,
  activeAt: frozenAt,
});

export const formerKey = keyOf('key-1');
export const presentKey = { ...keyOf('key-2'), activeAt: frozenAt + 600 };
export const formerKeyRetiredAt = frozenAt + 90_000;

export const bucket = { key: digest('network'), intervalSeconds: 600, burst: 1 };

/** Since version 3. */
export const apiKey: ApiKey = {
  id: 'aaaabbbbcccc',
  clientId: thermometer.id,
  environment: 'live',
  name: 'Attic',
  audience: api.identifier,
  scopes: ['buildings:read'],
  networks: ['192.0.2.0/24'],
  digest: digest('api key'),
  createdAt: frozenAt,
};
export const apiKeySuccessor = {
  ...apiKey,
  id: 'ddddeeeeffff',
  digest: digest('next api key'),
  replaces: apiKey.id,
};
export const formerApiKeyExpiresAt = frozenAt + 86_400;

/** Since version 4. */
export const permission: Permission = {
  subject: { type: 'group', id: 'neighbours' },
  action: 'buildings:read',
  resource: { type: 'building', id: 'old-mill' },
  createdAt: frozenAt,
};
export const link: Link = {
  kind: 'membership',
  lower: { type: 'user', id: grace.id },
  upper: { type: 'group', id: 'neighbours' },
  createdAt: frozenAt,
};

/** Since version 7. */
export const auditEntry: AuditEntry = {
  chain: 'chain-1',
  position: 1,
  at: frozenAt,
  type: 'signed_in',
  account: ada.id,
  clientId: heatlens.id,
  body: '{"network":"192.0.2.0/24"}',
  previous: digest('chain-1'),
  hash: digest('entry'),
  mac: digest('mac of the entry'),
};
export const auditHead: AuditHead = {
  chain: 'chain-1',
  position: 1,
  hash: auditEntry.hash,
  signedAt: frozenAt,
  isClosed: false,
  mac: digest('mac of the head'),
};

const agreementOf = (id: string, clientId: string) => ({
  grantId: id,
  accountId: ada.id,
  clientId,
  scopes: ['openid', 'buildings:read'],
  declinedScopes: ['measurements:read'],
  audiences: [api.identifier],
});

/**
 * Uses the verbs of a store with this schema version. `extensions.ts` adds the content since
 * version 8.
 */
export async function fillFirst(store: Store, version: number): Promise<void> {
  await store.apis.save(api);
  for (const client of [heatlens, thermometer, formerClient]) await store.clients.save(client);
  for (const account of [ada, grace]) await store.accounts.add(account);
  await store.sessions.start(session, undefined);
  await store.grants.agree(agreementOf(grantId, heatlens.id), marker, frozenAt);
  await store.grants.agree(agreementOf(formerGrantId, formerClient.id), undefined, frozenAt);
  for (const code of [openCode, spentCode]) await store.codes.issue({ code }, frozenAt);
  await store.codes.redeem(spentCode.digest, spentFamily, frozenAt);
  await store.families.rotate(rotation, rotatedAt);
  for (const family of [sessionFamily, endedFamily]) await store.families.start(family);
  await store.families.end(endedFamily.id, frozenAt + 20);
  await store.grants.end(formerGrantId, ada.id, frozenAt + 20);
  await store.keys.addFirst([formerKey]);
  await store.keys.rotate(presentKey, formerKeyRetiredAt);
  await store.throttles.take([bucket], frozenAt);
  if (version >= 2) await store.statuses.assign(spentFamily.id);
  if (version >= 3) {
    await store.clients.disable(formerClient.id, frozenAt + 20);
    await store.apiKeys.add(apiKey, 10, frozenAt);
    await store.apiKeys.rotate(apiKeySuccessor, formerApiKeyExpiresAt, frozenAt);
  }
  if (version >= 4) {
    await store.permissions.set(permission);
    await store.permissions.link(link);
  }
  if (version >= 5) await store.leases.take('prune', 'a node', 120);
  if (version >= 7) await store.audit.append([auditEntry], auditHead);
}
