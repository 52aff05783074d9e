/**
 * Looks up keys in the manifest (docs/api-keys.md §6): one signed document that the guard follows.
 * No API request causes a request to the issuer.
 */
import { equalDigests, type JsonObject } from '@keywright/jwt';
import { followDocument } from '../followed-document.ts';
import type { AuthorizedParts } from '../parts.ts';
import { readSignedDocument } from '../signed-document.ts';
import type { KeyBook } from './key-book.ts';
import { type KeyOrigin, type KnownKey, readKnownKey } from './known-key.ts';

interface Manifest {
  find(id: string): KnownKey | undefined;
}

const typ = 'api-keys+jwt';
const mediaType = 'application/api-keys+jwt';
/** About 60 000 keys. */
const longest = 16 * 1024 * 1024;

export function createManifestBook(
  { issuer: { issuer }, keys, clock, audience, outbound, authorization, onFailed }: AuthorizedParts,
  uri: string,
  staleSeconds: number,
): KeyBook {
  const url = new URL(uri);
  url.searchParams.set('audience', audience);
  const manifest = followDocument({
    url: url.href,
    request: {
      accept: mediaType,
      headers: { authorization },
      maxBytes: longest,
    },
    send: outbound.send,
    read: async (text) => {
      const expected = { typ, issuer, audience, keys, maxLength: longest, clock };
      const { claims, ...times } = await readSignedDocument(text, expected);
      return { value: createManifest(claims['keys'], { issuer, audience }), ...times };
    },
    clock,
    staleSeconds,
    unavailable: 'api_keys_unavailable',
    onFailed,
  });
  return {
    async find({ id, digest }) {
      const known = (await manifest.current()).find(id);
      // The id finds the key, and the digest proves it. The comparison takes constant time, so that
      // its time tells nothing about the digest.
      return known !== undefined && equalDigests(known.digest, digest) ? known : undefined;
    },
  };
}

/**
 * An entry is read when its key first arrives, because most keys of a large manifest are not used.
 */
function createManifest(entries: unknown, origin: KeyOrigin): Manifest {
  if (!Array.isArray(entries)) throw new TypeError('The manifest has no list of keys.');
  const byId = new Map((entries as JsonObject[]).map((entry) => [entry['id'], entry]));
  if (byId.size !== entries.length) throw new TypeError('The manifest has two keys of one id.');
  const known = new Map<string, KnownKey | undefined>();
  return {
    find(id) {
      const found = known.get(id);
      if (found !== undefined) return found;
      const entry = byId.get(id);
      // Unknown ids are not remembered.
      if (entry === undefined) return undefined;
      const read = readKnownKey(entry, origin);
      known.set(id, read);
      return read;
    },
  };
}
