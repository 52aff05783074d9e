/** Routes of the product in addition to the protocol: health and assets. */
import type { HttpResponse } from '@keywright/core';
import type { OwnResponse } from './response.ts';

export interface Asset {
  readonly path: string;
  readonly body: string | Uint8Array;
  readonly contentType: string;
  /** Whether pages of other sites may show it: mail programs that are web pages. */
  readonly isForMails?: boolean;
}

export interface OwnRoutes {
  /** Returns the answer, or undefined if the path belongs to core. */
  answer(method: string, path: string): OwnResponse | Promise<OwnResponse> | undefined;
}

export interface Readiness {
  /** Rejects if requests cannot be served. */
  readonly probe: () => Promise<void>;
  readonly isStopping: () => boolean;
}

const healthPrefix = '/health/';
/** A probe writes to the store. Callers cannot cause it more often than this. */
const probeEveryMilliseconds = 1000;

function health(status: number, state: string): HttpResponse {
  return {
    status,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
    body: JSON.stringify({ status: state }),
  };
}

/** The path contains a digest of the content, so the content of a path never changes. */
function serve(asset: Asset): OwnResponse {
  return {
    status: 200,
    headers: {
      'content-type': asset.contentType,
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': asset.isForMails === true ? 'cross-origin' : 'same-origin',
    },
    body: asset.body,
  };
}

const onlyReads: HttpResponse = {
  status: 405,
  headers: {
    allow: 'GET, HEAD',
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
  },
  body: 'This address does not support this method.\n',
};

function createProbe(
  { probe, isStopping }: Readiness,
  now: () => number,
): () => Promise<HttpResponse> {
  let probedAt = Number.NEGATIVE_INFINITY;
  let answer: Promise<HttpResponse> | undefined;
  return async () => {
    if (isStopping()) return health(503, 'stopping');
    if (answer === undefined || now() - probedAt >= probeEveryMilliseconds) {
      probedAt = now();
      answer = probe().then(
        () => health(200, 'ready'),
        () => health(503, 'unavailable'),
      );
    }
    return answer;
  };
}

export function createOwnRoutes(
  assets: readonly Asset[],
  readiness: Readiness,
  now = () => performance.now(),
  /** An asset that is made when it is asked for. */
  compute: (path: string) => Asset | undefined = () => undefined,
): OwnRoutes {
  const live = health(200, 'live');
  const ready = createProbe(readiness, now);
  const served = new Map(assets.map((asset) => [asset.path, serve(asset)]));
  const find = (path: string): OwnResponse | (() => Promise<HttpResponse>) | undefined => {
    if (path === `${healthPrefix}live`) return live;
    if (path === `${healthPrefix}ready`) return ready;
    const computed = served.has(path) ? undefined : compute(path);
    return computed === undefined ? served.get(path) : serve(computed);
  };
  return {
    answer(method, path) {
      const found = find(path);
      if (found === undefined) return undefined;
      if (method !== 'GET' && method !== 'HEAD') return onlyReads;
      return typeof found === 'function' ? found() : found;
    },
  };
}
