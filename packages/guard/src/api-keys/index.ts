/** API keys of services (docs/api-keys.md): sealed for this API and one request, or plain where a route says so. */
import { type AgreementKeySet, createBatch, importAgreementKeys, readApiKey } from '@keywright/jwt';
import type { Caller } from '../caller.ts';
import { GuardRefusal, type RefusalDetail } from '../guard-refusal.ts';
import { basicCredentials } from '../introspection.ts';
import { createIssuerMetadata } from '../issuer-metadata.ts';
import type { ApiKeyOptions, ServiceClient } from '../options.ts';
import type { ApiKeyParts, ApiKeys } from '../parts.ts';
import type { Presented } from '../presented.ts';
import { createIntrospectionBook } from './introspection.ts';
import type { KeyBook } from './key-book.ts';
import type { KnownKey } from './known-key.ts';
import { createManifestBook } from './manifest.ts';
import { assertApiKeyOptions } from './option-faults.ts';
import { assertPlace, openSealedKey, replayableUntil, type SealedKey } from './sealed.ts';
import { createUsage, type Usage } from './usage.ts';

/** What every plain key begins with. No sealed one does: its header begins with `ey`. */
const plainPrefix = 'kwk_';

interface Checks {
  readonly parts: ApiKeyParts;
  readonly book: KeyBook;
  readonly usage: Usage;
  readonly keys: AgreementKeySet;
  readonly environments: readonly unknown[] | undefined;
  readonly sealedSeconds: number;
}

/**
 * Goes out at the first key, not before. Does not look at scopes: that is the route's.
 * @throws TypeError for options that cannot be meant, with all of their faults
 */
export function createApiKeys(options: ApiKeyOptions, parts: ApiKeyParts): ApiKeys {
  assertApiKeyOptions(options, parts.issuer);
  const checks = createChecks(options, parts, parts.issuer.client as ServiceClient);
  const batch = createBatch();
  return {
    authenticate(credential, presented, plainAllowed) {
      if (credential.startsWith(plainPrefix))
        return authenticatePlain(checks, credential, presented, plainAllowed);
      if (!credential.includes('.')) throw new GuardRefusal('api_key_malformed');
      return batch(() => openSealedKey(credential, checks.keys)).then((sealed) =>
        authenticateSealed(checks, sealed, presented),
      );
    },
    jwks: () => ({ keys: checks.keys.publicJwks }),
  };
}

function createChecks(options: ApiKeyOptions, parts: ApiKeyParts, client: ServiceClient): Checks {
  const { onFailed = () => {}, issuer } = parts;
  const base = issuer.issuer.replace(/\/$/, '');
  const authorization = basicCredentials(client);
  return {
    parts,
    book: createBook(options, parts, { base, authorization, onFailed }),
    usage: createUsage(parts, { uri: `${base}/api-keys/usage`, authorization, onFailed }),
    keys: importAgreementKeys(options.decryptionKeys),
    environments: options.environments,
    sealedSeconds: options.sealedSeconds ?? 60,
  };
}

interface IssuerSide {
  readonly base: string;
  readonly authorization: string;
  readonly onFailed: (error: unknown) => void;
}

function createBook(options: ApiKeyOptions, parts: ApiKeyParts, side: IssuerSide): KeyBook {
  const { base, authorization, onFailed } = side;
  if (options.by === 'introspection') {
    return createIntrospectionBook(parts, { findEndpoint: endpointFinder(parts), authorization, onFailed });
  }
  return createManifestBook(parts, {
    uri: options.manifestUri ?? `${base}/api-keys/manifest`,
    authorization,
    staleSeconds: options.staleSeconds ?? 300,
    onFailed,
  });
}

function endpointFinder({ issuer, outbound }: ApiKeyParts): () => Promise<string> {
  const { introspect } = issuer;
  if (typeof introspect === 'object' && introspect.endpoint !== undefined) {
    const { endpoint } = introspect;
    return async () => endpoint;
  }
  const metadata = createIssuerMetadata(issuer.issuer, outbound.fetchJson);
  return () => metadata.find('introspection_endpoint');
}

function authenticatePlain(
  checks: Checks,
  credential: string,
  presented: Presented,
  isAllowed: boolean,
): Caller | Promise<Caller> {
  const read = readApiKey(credential);
  if (read === undefined) throw new GuardRefusal('api_key_malformed');
  // Before it is looked up: a route that takes no plain keys does not say either which of them are good.
  if (!isAllowed) throw new GuardRefusal('api_key_plain', { tokenId: read.id });
  const known = checks.book.find(read, credential);
  return known instanceof Promise
    ? known.then((late) => admit(checks, late, presented, read.id))
    : admit(checks, known, presented, read.id);
}

function admit(checks: Checks, known: KnownKey | undefined, presented: Presented, id: string): Caller {
  const { caller } = assertLive(checks, known, id);
  assertNetwork(known as KnownKey, presented);
  checks.usage.note(id);
  return caller;
}

/** docs/api-keys.md §5, in its order: nothing is spent (the single use) before everything else was checked. */
async function authenticateSealed(checks: Checks, sealed: SealedKey, presented: Presented): Promise<Caller> {
  const { parts, sealedSeconds } = checks;
  const read = readApiKey(sealed.key);
  if (read === undefined) throw new GuardRefusal('api_key_malformed');
  const known = assertLive(checks, await checks.book.find(read, sealed.key), read.id);
  const { audience, clock } = parts;
  const place = { audience, method: presented.method, address: parts.addressOf(presented) };
  assertPlace(sealed, { ...place, now: clock(), sealedSeconds }, detailOf(known));
  assertNetwork(known, presented);
  // Named by its key as well: nobody can use up the ids of another.
  const use = `api-key ${known.id} ${sealed.jti}`;
  const isFirst = await parts.uses.claim(use, replayableUntil(sealed, sealedSeconds), presented);
  if (!isFirst) throw new GuardRefusal('sealed_key_replayed', detailOf(known));
  checks.usage.note(known.id);
  return known.caller;
}

function assertLive({ parts, environments }: Checks, known: KnownKey | undefined, id: string): KnownKey {
  if (known === undefined) throw new GuardRefusal('api_key_invalid', { tokenId: id });
  if (environments?.includes(known.caller.claims['environment']) === false) {
    throw new GuardRefusal('api_key_invalid', { ...detailOf(known), note: 'of another environment' });
  }
  if (parts.clock() >= known.endsAt) throw new GuardRefusal('api_key_expired', detailOf(known));
  return known;
}

/** Where the address of the caller is not known, a key that is bound to networks is of no use. */
function assertNetwork(known: KnownKey, { remoteAddress }: Presented): void {
  if (known.networks === undefined || known.networks(remoteAddress)) return;
  throw new GuardRefusal('api_key_network_forbidden', detailOf(known));
}

function detailOf({ id, caller: { subject, clientId } }: KnownKey): RefusalDetail {
  return { subject, clientId, tokenId: id };
}
