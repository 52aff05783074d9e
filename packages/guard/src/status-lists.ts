/**
 * Checks whether a token has ended: Token Status List (draft-ietf-oauth-status-list §8.3). The
 * guard follows the lists that tokens name. One list serves all tokens of an API, so a check is one
 * lookup and one bit.
 */
import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import {
  anyAudience,
  anyIssuer,
  BoundedMap,
  type OutboundSend,
  type RemoteKeySet,
} from '@keywright/jwt';
import { type FollowedDocument, followDocument } from './followed-document.ts';
import { GuardRefusal } from './guard-refusal.ts';
import type { StatusLists } from './parts.ts';
import { readSignedDocument } from './signed-document.ts';

export interface StatusListOptions {
  readonly send: OutboundSend;
  /** In milliseconds. */
  readonly clock: () => number;
  /** How long a list is used if no newer one can be fetched. Never past its own end. */
  readonly staleSeconds: number;
  /** Receives each failure to get a list. */
  readonly onFailed: (error: unknown) => void;
}

interface StatusList {
  readonly bits: number;
  readonly bytes: Uint8Array;
}

type FollowedList = FollowedDocument<StatusList>;

const typ = 'statuslist+jwt';
const mediaType = 'application/statuslist+jwt';
const limits = {
  lists: 64,
  compressed: 1024 * 1024,
  inflated: 4 * 1024 * 1024,
  document: 2 * 1024 * 1024,
};
const inflateAside = promisify(inflate);

export function createStatusLists(options: StatusListOptions): StatusLists {
  const issuers = new Map<string, BoundedMap<string, FollowedList>>();

  function follow(uri: string, issuer: string, keys: RemoteKeySet): FollowedList {
    assertWithin(uri, issuer);
    const list = followList(uri, issuer, keys, options);
    let ofIssuer = issuers.get(issuer);
    if (ofIssuer === undefined) {
      ofIssuer = new BoundedMap(limits.lists);
      issuers.set(issuer, ofIssuer);
    }
    ofIssuer.set(uri, list);
    return list;
  }

  return {
    isAlive({ uri, idx }, issuer) {
      const copy = issuers.get(issuer)?.get(uri)?.young();
      return copy !== undefined && statusAt(copy, idx) === 0;
    },
    async check({ uri, idx }, issuer, keys) {
      const list = issuers.get(issuer)?.get(uri) ?? follow(uri, issuer, keys);
      // A list that has grown may be newer than our copy.
      const status = statusAt(await list.current(), idx) ?? statusAt(await list.renewed(), idx);
      if (status === undefined) throw unavailable('the status list has no such index');
      // §7.1: zero is valid. Every other value says that the token must not be accepted now.
      if (status !== 0) throw new GuardRefusal('token_ended');
    },
  };
}

function unavailable(note: string): GuardRefusal {
  return new GuardRefusal('status_unavailable', { note });
}

/**
 * A token names the document to fetch. So it may only name a document of its own issuer, below the
 * issuer's path, in one spelling.
 */
function assertWithin(uri: string, issuer: string): void {
  const base = issuer.endsWith('/') ? issuer : `${issuer}/`;
  const url = URL.parse(uri);
  if (!uri.startsWith(base) || url?.href !== uri || uri.includes('#')) {
    throw unavailable('the status list is outside of the issuer');
  }
}

function followList(
  uri: string,
  issuer: string,
  keys: RemoteKeySet,
  { send, clock, staleSeconds, onFailed }: StatusListOptions,
): FollowedList {
  return followDocument({
    url: uri,
    request: { accept: mediaType, maxBytes: limits.document },
    send,
    read: async (text) => {
      // The key shows the issuer, and a list is for every API of its issuer.
      const { claims, ...times } = await readSignedDocument(text, {
        typ,
        issuer: anyIssuer,
        audience: anyAudience,
        keys,
        maxLength: limits.document,
        clock,
      });
      // §8.3: a list for another address is refused. A list need not name its issuer.
      if (claims['sub'] !== uri || (claims['iss'] ?? issuer) !== issuer) {
        throw new TypeError('The status list belongs to another address or issuer.');
      }
      return { value: await unpack(claims['status_list']), ...times };
    },
    clock,
    staleSeconds,
    unavailable: 'status_unavailable',
    onFailed,
  });
}

async function unpack(list: unknown): Promise<StatusList> {
  const { bits, lst } = (list ?? {}) as { bits?: unknown; lst?: unknown };
  // §4.2: 1, 2, 4 or 8.
  if (typeof lst !== 'string' || typeof bits !== 'number' || ![1, 2, 4, 8].includes(bits)) {
    throw new TypeError('The status list cannot be read.');
  }
  const compressed = Buffer.from(lst, 'base64url');
  if (compressed.length > limits.compressed) throw new TypeError('The status list is too large.');
  return { bits, bytes: await inflateAside(compressed, { maxOutputLength: limits.inflated }) };
}

/** §4.1: packed from the lowest bit of each byte. Undefined past the end of the list. */
function statusAt({ bits, bytes }: StatusList, idx: number): number | undefined {
  const perByte = 8 / bits;
  const byte = bytes[Math.floor(idx / perByte)];
  return byte === undefined ? undefined : (byte >> ((idx % perByte) * bits)) & ((1 << bits) - 1);
}
