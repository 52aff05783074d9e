/**
 * API keys of services (docs/api-keys.md): sealed for this API and one request, or plain where a
 * route allows it.
 */
import {
  type AgreementKeySet,
  type Batch,
  createBatch,
  importAgreementKeys,
  readApiKey,
} from '@keywright/jwt';
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

/** The prefix of every plain key. A sealed key has another one: its header begins with `ey`. */
const plainPrefix = 'kwk_';

interface Checks {
  readonly parts: ApiKeyParts;
  readonly book: KeyBook;
  readonly usage: Usage;
  readonly keys: AgreementKeySet;
  readonly batch: Batch;
  readonly environments: readonly unknown[] | undefined;
  readonly sealedSeconds: number;
}

/**
 * Sends no request before the first key arrives. Does not check scopes: the route does.
 * @throws TypeError for invalid options, with all of their faults
 */
export function createApiKeys(options: ApiKeyOptions, parts: ApiKeyParts): ApiKeys {
  assertApiKeyOptions(options, parts.issuer);
  const checks = createChecks(options, parts, parts.issuer.client as ServiceClient);
  return {
    authenticate: (credential, presented, plainAllowed) =>
      authenticate(checks, credential, presented, plainAllowed),
    jwks: () => ({ keys: checks.keys.publicJwks }),
  };
}

function createChecks(options: ApiKeyOptions, own: ApiKeyParts, client: ServiceClient): Checks {
  const base = own.issuer.issuer.replace(/\/$/, '');
  const parts = { ...own, authorization: basicCredentials(client) };
  const { manifestUri = `${base}/api-keys/manifest`, staleSeconds = 300 } = options;
  return {
    parts,
    book:
      options.by === 'introspection'
        ? createIntrospectionBook(parts, endpointFinder(parts))
        : createManifestBook(parts, manifestUri, staleSeconds),
    usage: createUsage(parts, `${base}/api-keys/usage`),
    keys: importAgreementKeys(options.decryptionKeys),
    batch: createBatch(),
    environments: options.environments,
    sealedSeconds: options.sealedSeconds ?? 60,
  };
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

/** docs/api-keys.md §5, in its order. The single use is stored only after all other checks. */
async function authenticate(
  checks: Checks,
  credential: string,
  presented: Presented,
  plainAllowed: boolean,
): Promise<Caller> {
  const { parts, book, usage, keys, batch } = checks;
  const isPlain = credential.startsWith(plainPrefix);
  if (!isPlain && !credential.includes('.')) throw new GuardRefusal('api_key_malformed');
  const sealed = isPlain ? undefined : await batch(() => openSealedKey(credential, keys));
  const text = sealed?.key ?? credential;
  const read = readApiKey(text);
  if (read === undefined) throw new GuardRefusal('api_key_malformed');
  // This check comes before the lookup, so that a route without plain keys does not tell which keys
  // are valid.
  if (isPlain && !plainAllowed) throw new GuardRefusal('api_key_plain', { tokenId: read.id });
  const known = assertLive(checks, await book.find(read, text), read.id);
  if (sealed !== undefined) {
    const { audience, addressOf } = parts;
    const place = { audience, method: presented.method, address: addressOf(presented) };
    const { sealedSeconds } = checks;
    assertPlace(sealed, { ...place, now: parts.clock(), sealedSeconds }, detailOf(known));
  }
  assertNetwork(known, presented);
  if (sealed !== undefined) await assertFirstUse(checks, sealed, known, presented);
  usage.note(known.id);
  return known.caller;
}

async function assertFirstUse(
  { parts, sealedSeconds }: Checks,
  sealed: SealedKey,
  known: KnownKey,
  presented: Presented,
): Promise<void> {
  // The name contains the key's id, so that one key cannot use up the ids of another.
  const use = `api-key ${known.id} ${sealed.jti}`;
  const isFirst = await parts.uses.claim(use, replayableUntil(sealed, sealedSeconds), presented);
  if (!isFirst) throw new GuardRefusal('sealed_key_replayed', detailOf(known));
}

function assertLive(
  { parts, environments }: Checks,
  known: KnownKey | undefined,
  id: string,
): KnownKey {
  if (known === undefined) throw new GuardRefusal('api_key_invalid', { tokenId: id });
  if (environments?.includes(known.caller.claims['environment']) === false) {
    throw new GuardRefusal('api_key_invalid', {
      ...detailOf(known),
      note: 'of another environment',
    });
  }
  if (parts.clock() >= known.endsAt) throw new GuardRefusal('api_key_expired', detailOf(known));
  return known;
}

/** If the address of the caller is unknown, a key that is bound to networks is refused. */
function assertNetwork(known: KnownKey, { remoteAddress }: Presented): void {
  if (known.networks === undefined || known.networks(remoteAddress)) return;
  throw new GuardRefusal('api_key_network_forbidden', detailOf(known));
}

function detailOf({ id, caller: { subject, clientId } }: KnownKey): RefusalDetail {
  return { subject, clientId, tokenId: id };
}
