/**
 * The way in: what stands before the work when there is more of it than time (docs/decisions/0015-overload.md). A refusal is made once a
 * second and given to all: one line in the log, one decision id, and hardly any work for each of them.
 */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import {
  type AuthorizationServer,
  errorJson,
  errorPage,
  type Events,
  type HttpResponse,
  idPrefixes,
  OAuthError,
  openToAnyOrigin,
  type Pages,
} from '@keywright/core';
import { createAdmission, mostInWork } from './admission.ts';
import { createResting } from './resting.ts';

export interface Gate {
  /** The answer in place of the work, or undefined when there is room for it. */
  refuse(method: string, path: string): HttpResponse | undefined;
  /** After that answer was written. */
  rest(socket: Socket): void;
  /** Starts the work of a request that was let in, now or in one of the next turns. */
  start(path: string, work: () => void): void;
  /** Work began that has to wait for something, and ended. */
  begin(): void;
  end(): void;
  /** For whoever watches: requests in work, how many of them there may be, how many were refused so far. */
  readonly inWork: number;
  readonly most: number;
  readonly refused: number;
  stop(): void;
}

export interface GateParts {
  readonly server: Pick<AuthorizationServer, 'routeOf' | 'isPage'>;
  readonly issuer: string;
  readonly pages: Pages;
  readonly events: Events;
  readonly elsewhere?: { readonly count: number };
}

/** Made beforehand, and no dearer than a refusal; without them nobody could verify what was issued, or learn that it has ended. */
const published: ReadonlySet<string> = new Set([
  '/jwks',
  '/.well-known/jwks.json',
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
  '/status-lists',
  '/status-lists/*',
]);

const retryAfterSeconds = 1;
/** A path is as long as its sender likes. */
const longestPath = 200;

interface Said {
  readonly json: HttpResponse;
  readonly page: HttpResponse;
}

export function createGate({ server, issuer, pages, events, elsewhere }: GateParts): Gate {
  let said: Said | undefined;

  const say = (method: string, path: string): Said => {
    const error = new OAuthError('overloaded', { retryAfterSeconds });
    const decision = idPrefixes.decision + randomBytes(16).toString('base64url');
    events.emit({
      type: 'refused',
      decision,
      reason: error.reason,
      status: error.refusal.status,
      method: method.slice(0, longestPath),
      path: path.slice(0, longestPath),
      note: 'the first of all that were refused within a second',
    });
    // It holds nothing, so every script may read that it is to wait.
    return {
      json: openToAnyOrigin(errorJson(error, { issuer, decision })),
      page: errorPage(error, pages, decision),
    };
  };

  const admission = createAdmission({
    ...(elsewhere !== undefined ? { elsewhere } : {}),
    onRefused(refused) {
      said = undefined;
      events.emit({ type: 'overload', refused, inWork: admission.inWork, most: mostInWork });
    },
  });
  const resting = createResting(() => admission.isRefusing);

  const isPublished = (route: string | undefined): boolean => route !== undefined && published.has(route);

  return {
    refuse(method, path) {
      if (admission.hasRoom()) return undefined;
      if (isPublished(server.routeOf(path))) return undefined;
      admission.refuse();
      said ??= say(method, path);
      return server.isPage(path) ? said.page : said.json;
    },
    rest: (socket) => resting.rest(socket),
    start(path, work) {
      if (admission.isFull && isPublished(server.routeOf(path))) work();
      else admission.start(work);
    },
    begin: () => admission.begin(),
    end: () => admission.end(),
    get inWork() {
      return admission.inWork;
    },
    get most() {
      return mostInWork;
    },
    get refused() {
      return admission.refused;
    },
    stop() {
      admission.stop();
      resting.stop();
    },
  };
}
