/**
 * The present state of the objects that a refusal names: client, account, grant, family and key.
 */
import {
  type Client,
  isIdOf,
  parseTokenParent,
  parseTokenId,
  type Store,
  type TokenParent,
} from '@keywright/core';
import type { RefusalEntry } from './log-entry.ts';

export interface Finding {
  readonly about: 'client' | 'account' | 'grant' | 'family' | 'API key';
  readonly id: string;
  readonly text: string;
}

export interface State {
  readonly findings: readonly Finding[];
  /** The client, if this server knows it. */
  readonly client: Client | undefined;
}

/** The objects that the refusal names. */
interface Names {
  readonly clientId: string | undefined;
  readonly accountId: string | undefined;
  readonly familyId: string | undefined;
  readonly grantId: string | undefined;
  readonly keyId: string | undefined;
}

/** If an API key was sent, its id takes the place of the token id. Ids of our tokens are longer. */
const keyForm = /^[A-Za-z0-9]{16}$/;

function namesOf({ fields }: RefusalEntry): Names {
  const { clientId, subject, tokenId } = fields;
  const { parent } = parseTokenId(tokenId ?? '');
  const ended = parent === undefined ? undefined : parseTokenParent(parent);
  const idOf = (kind: TokenParent['kind']) => (ended?.kind === kind ? ended.id : undefined);
  return {
    clientId,
    accountId: fields.accountId ?? (subject !== clientId ? subject : undefined),
    familyId: fields.familyId ?? idOf('family'),
    grantId: fields.grantId ?? idOf('grant'),
    keyId: fields.keyId ?? idOf('apiKey') ?? (keyForm.test(tokenId ?? '') ? tokenId : undefined),
  };
}

/** Reads only. */
export async function loadState(store: Store, entry: RefusalEntry, now: number): Promise<State> {
  const names = namesOf(entry);
  const client =
    names.clientId === undefined ? undefined : await store.clients.load(names.clientId);
  const findings = await Promise.all([
    findAccount(store, names),
    findGrant(store, names, entry.fields.scope),
    findFamily(store, names, now),
    findKey(store, names, now),
  ]);
  const ofClient = names.clientId === undefined ? [] : [describeClient(names.clientId, client)];
  return { client, findings: [...ofClient, ...findings.filter((one) => one !== undefined)] };
}

const day = (seconds: number) => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');

function describeClient(id: string, client: Client | undefined): Finding {
  if (client === undefined) return { about: 'client', id, text: 'is not known' };
  return {
    about: 'client',
    id,
    text: client.status === 'disabled' ? 'is disabled and refused everywhere' : 'is active',
  };
}

async function findAccount(store: Store, { accountId }: Names): Promise<Finding | undefined> {
  if (accountId === undefined || !isIdOf('account', accountId)) return undefined;
  const account = await store.accounts.load(accountId);
  const status = account === undefined ? 'is not known' : `is ${account.status}`;
  return { about: 'account', id: accountId, text: status };
}

async function findGrant(
  store: Store,
  { accountId, clientId, grantId }: Names,
  scope: string | undefined,
): Promise<Finding | undefined> {
  if (accountId === undefined || clientId === undefined) return undefined;
  const grant = await store.grants.load(accountId, clientId);
  if (grant === undefined)
    return {
      about: 'grant',
      id: grantId ?? '',
      text: 'has ended, or never existed. The user must agree (again)',
    };
  if (grantId !== undefined && grant.id !== grantId)
    return {
      about: 'grant',
      id: grantId,
      text: `has ended. The user has agreed again (${grant.id})`,
    };
  const lacking = (scope ?? '')
    .split(' ')
    .filter((word) => word !== '' && !grant.scopes.includes(word));
  const held = `is active, with the scopes ${grant.scopes.join(' ') || '(none)'}`;
  const rest = lacking.length === 0 ? '' : `, but without ${lacking.join(' ')}`;
  return { about: 'grant', id: grant.id, text: held + rest };
}

async function findFamily(
  store: Store,
  { familyId }: Names,
  now: number,
): Promise<Finding | undefined> {
  if (familyId === undefined) return undefined;
  const family = await store.families.load(familyId);
  const found = (text: string): Finding => ({ about: 'family', id: familyId, text });
  if (family === undefined) return found('is not known (any more)');
  if (family.endedAt !== undefined) return found(`ended at ${day(family.endedAt)}`);
  return found(family.expiresAt <= now ? `expired at ${day(family.expiresAt)}` : 'is active');
}

async function findKey(store: Store, { keyId }: Names, now: number): Promise<Finding | undefined> {
  if (keyId === undefined) return undefined;
  const key = await store.apiKeys.load(keyId);
  const found = (text: string): Finding => ({ about: 'API key', id: keyId, text });
  if (key === undefined) return found('is not known (any more)');
  if (key.revokedAt !== undefined)
    return found(
      `was revoked at ${day(key.revokedAt)}: ${key.revokedBecause ?? 'no reason was given'}`,
    );
  if (key.expiresAt !== undefined && key.expiresAt <= now)
    return found(`expired at ${day(key.expiresAt)}`);
  return found(`is active, for ${key.audience} in ${key.environment}`);
}
