/**
 * Published status lists (draft-ietf-oauth-status-list §5, §8, §9): what has ended lately, as a
 * signed list that any API may fetch and cache. Only the JWT format, one bit for each index, and
 * the present state: no other format, no past state.
 */
import { BoundedMap, digest, type SigningKey } from '@keywright/jwt';
import type { Core } from '../../kernel/core.ts';
import { signingKeyOf } from '../../kernel/keys/key-ring.ts';
import { OAuthError } from '../../model/errors.ts';
import { answerConditionally, type TaggedDocument } from '../../kernel/http/conditional.ts';
import type { HttpRequest, HttpResponse } from '../../kernel/http/message.ts';
import type { Route } from '../../kernel/routing/feature.ts';
import { publicJson } from '../../kernel/http/responses.ts';
import { isYoung } from '../../rules/staleness.ts';
import { statusListUri } from '../../kernel/status/assign.ts';
import { encodeBits, makeBits, setBits } from '../../kernel/status/bits.ts';
import { statusListCapacity } from '../../model/status-ports.ts';
import { createRefreshed } from '../../kernel/status/refreshed.ts';

/** How long a list may be used at most while the server cannot be reached. */
const lifetimeSeconds = 300;
/**
 * A list is signed again after this time, changed or not, so that each copy is valid for half of
 * its lifetime when it is fetched.
 */
const resignAfterSeconds = 150;
/** §5.1, `ttl`: a copy of this age should be fetched again. */
const freshSeconds = 2;
/**
 * The longest access token lifetime that an option allows, and clock skew. After this time, no
 * valid token needs the bit.
 */
const longestTokenSeconds = 3600 + 300;
/**
 * Covers what ended before the last read but was written after it: an act may wait for the writer,
 * and clocks of nodes differ.
 */
const lateSeconds = 10;
/**
 * After this time, everything is read again. This finds later entries, and removes bits that are
 * not needed any more.
 */
const wholeAfterSeconds = 60;
/**
 * Lists in memory at once, each with 128 KiB of bits. Anybody may request any list, and the number
 * of lists grows as long as the server is used.
 */
const mostHeld = 256;

const aggregationMaxAgeSeconds = 60;

interface StatusList {
  readonly bits: Uint8Array;
  readonly lookedAt: number;
  readonly wholeAt: number;
  readonly signedAt: number;
  readonly signedBy: SigningKey;
  readonly document: TaggedDocument;
}

type ListLoader = (now: number) => Promise<StatusList>;
type Endpoint = (core: Core, request: HttpRequest) => Promise<HttpResponse>;

/** `GET /status-lists/<number>`. Caches existing lists, the ones that were requested last. */
export function createStatusListRoute(): Pick<Route, 'methods' | 'isAtHand'> {
  const loaders = new BoundedMap<number, ListLoader>(mostHeld);
  const hold = (core: Core, list: number): ListLoader => {
    const loader = createRefreshed<StatusList>((former, now) =>
      bringUpToDate(core, list, former, now),
    );
    loaders.set(list, loader);
    return loader;
  };
  const answer: Endpoint = async (core, request) => {
    const list = listNumberOf(request.path);
    if (list === undefined) throw new OAuthError('path_unknown');
    if (loaders.get(list) === undefined) await assertList(core, list);
    // Looked up after the wait, because another caller may have waited for the same list and was
    // first.
    const load = loaders.get(list) ?? hold(core, list);
    return answerConditionally(request, (await load(core.clock.nowSeconds())).document);
  };
  const isAtHand = (path: string): boolean => {
    const list = listNumberOf(path);
    return list !== undefined && loaders.get(list) !== undefined;
  };
  return { methods: { GET: answer }, isAtHand };
}

/** §9.3: the addresses of all lists. */
export async function handleStatusLists(core: Core): Promise<HttpResponse> {
  const lists = await core.store.statuses.lists();
  const count = lists === undefined ? 0 : lists.last - lists.first + 1;
  const uris = Array.from({ length: count }, (_, place) =>
    statusListUri(core, (lists?.first ?? 0) + place),
  );
  return publicJson(JSON.stringify({ status_lists: uris }), aggregationMaxAgeSeconds);
}

function listNumberOf(path: string): number | undefined {
  const number = /\/([1-9]\d{0,8})$/.exec(path)?.[1];
  return number === undefined ? undefined : Number(number);
}

/** Read from the store, because an API may see the first token of a new list at once. */
async function assertList(core: Core, list: number): Promise<void> {
  const lists = await core.store.statuses.lists();
  if (lists === undefined || list < lists.first || list > lists.last)
    throw new OAuthError('path_unknown');
}

async function bringUpToDate(
  core: Core,
  list: number,
  former: StatusList | undefined,
  now: number,
): Promise<StatusList> {
  const signedBy = signingKeyOf(await core.keys.load(), 'ES256');
  const looked = await look(core, list, former, now);
  const same =
    former !== undefined &&
    former.signedBy === signedBy &&
    Buffer.compare(former.bits, looked.bits) === 0;
  if (same && isYoung(former.signedAt, now, resignAfterSeconds)) return { ...former, ...looked };
  return {
    ...looked,
    signedAt: now,
    signedBy,
    document: await sign(core, list, looked.bits, signedBy, now),
  };
}

/**
 * Adds what has ended since the last read. Reads everything at the first time, and from time to
 * time.
 */
async function look(
  core: Core,
  list: number,
  former: StatusList | undefined,
  now: number,
): Promise<Pick<StatusList, 'bits' | 'lookedAt' | 'wholeAt'>> {
  const { statuses } = core.store;
  if (former !== undefined && isYoung(former.wholeAt, now, wholeAfterSeconds)) {
    const ended = await statuses.ended(list, former.lookedAt - lateSeconds, now);
    return { bits: setBits(former.bits, ended), lookedAt: now, wholeAt: former.wholeAt };
  }
  const ended = await statuses.ended(list, now - longestTokenSeconds, now);
  return { bits: setBits(makeBits(statusListCapacity), ended), lookedAt: now, wholeAt: now };
}

async function sign(
  core: Core,
  list: number,
  bits: Uint8Array,
  key: SigningKey,
  now: number,
): Promise<TaggedDocument> {
  const body = await core.signer.sign(key, 'statuslist+jwt', {
    iss: core.options.issuer,
    sub: statusListUri(core, list),
    iat: now,
    exp: now + lifetimeSeconds,
    ttl: freshSeconds,
    status_list: { bits: 1, lst: await encodeBits(bits) },
  });
  return {
    body,
    contentType: 'application/statuslist+jwt',
    etag: `"${digest(body)}"`,
    cacheControl: 'public, max-age=1',
  };
}
