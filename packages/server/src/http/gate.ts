/**
 * Admission control before the work, if there is more work than time
 * (docs/decisions/0015-overload.md). A refusal is made once a second and sent to all. So there is
 * one log line, one decision id, and hardly any work for each refused request.
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
  /** Returns the refusal, or undefined if the request is admitted. */
  refuse(method: string, path: string): HttpResponse | undefined;
  /** Called after the refusal was written. */
  rest(socket: Socket): void;
  /** Starts the work of an admitted request, now or in one of the next turns. */
  start(method: string, path: string, work: () => void): void;
  /** Work that must wait for something has started, or has ended. */
  begin(): void;
  end(): void;
  /** For metrics: requests in progress, the limit, and the number of refused requests. */
  readonly inWork: number;
  readonly most: number;
  readonly refused: number;
  stop(): void;
}

export interface GateParts {
  readonly server: Pick<AuthorizationServer, 'routeOf' | 'isPage' | 'isAtHand'>;
  readonly issuer: string;
  readonly pages: Pages;
  readonly events: Events;
  readonly externalWaits?: { readonly count: number };
}

/**
 * These documents are prepared and cost no more than a refusal. Without them, nobody could verify a
 * token or learn that it has ended.
 */
const published: ReadonlySet<string> = new Set([
  '/jwks',
  '/.well-known/jwks.json',
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
  '/status-lists',
  '/status-lists/*',
]);

const reads: ReadonlySet<string> = new Set(['GET', 'HEAD']);

const retryAfterSeconds = 1;
/** The caller chooses the length of the path. */
const longestPath = 200;

interface Said {
  readonly json: HttpResponse;
  readonly page: HttpResponse;
}

export function createGate({ server, issuer, pages, events, externalWaits }: GateParts): Gate {
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
      note: 'the first refusal of this second',
    });
    // It contains no secret, so every script may read it.
    return {
      json: openToAnyOrigin(errorJson(error, { issuer, decision })),
      page: errorPage(error, pages, decision),
    };
  };

  const admission = createAdmission({
    ...(externalWaits !== undefined ? { externalWaits } : {}),
    onRefused(refused) {
      said = undefined;
      events.emit({ type: 'overload', refused, inWork: admission.inWork, most: mostInWork });
    },
  });
  const resting = createResting(() => admission.isRefusing);

  const isPublished = (method: string, path: string): boolean => {
    const route = server.routeOf(path);
    // Anything else at these addresses is work: the server refuses it, with a line in the log.
    return (
      route !== undefined && published.has(route) && reads.has(method) && server.isAtHand(path)
    );
  };

  return {
    refuse(method, path) {
      if (admission.hasRoom()) return undefined;
      if (isPublished(method, path)) return undefined;
      admission.refuse();
      said ??= say(method, path);
      return server.isPage(path) ? said.page : said.json;
    },
    rest: (socket) => resting.rest(socket),
    start(method, path, work) {
      if (admission.isFull && isPublished(method, path)) work();
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
