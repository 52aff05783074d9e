import { type Refusal, type ResourceReason, resourceRefusal } from '@keywright/wire';

/** Details of a refusal: for the log, and for the challenge if a member says so. */
export interface RefusalDetail {
  /** The needed scopes, for the challenge (RFC 6750 §3). */
  readonly scope?: string;
  /** How and how recently the user must have signed in, for the challenge (RFC 9470 §3). */
  readonly acrValues?: string;
  readonly maxAgeSeconds?: number;
  readonly issuer?: string;
  readonly subject?: string;
  readonly clientId?: string;
  readonly tokenId?: string | undefined;
  readonly action?: string;
  /** The reason for the operator. Never in the answer. */
  readonly note?: string | undefined;
}

/** Further data of a refusal. */
export interface RefusalExtras {
  /** Headers of the answer. Names are in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The original error, for `fault`. */
  readonly cause?: unknown;
}

/**
 * A request that the guard refuses. `reason` is one of the catalogue (docs/errors.md), which
 * determines status, error code and text. A route's own `can` and `resource` may throw one.
 * @example
 * ```ts
 * import { createGuard, GuardRefusal } from '@keywright/guard';
 *
 * const guard = createGuard({
 *   issuer: 'https://login.example.com',
 *   audience: 'https://api.example.com',
 * });
 * export const report = guard.fetch(
 *   {
 *     scope: 'reports:read',
 *     can: () => {
 *       throw new GuardRefusal('decision_unavailable', { note: 'the tariff cannot be read' });
 *     },
 *   },
 *   () => new Response('never'),
 * );
 * ```
 */
export class GuardRefusal extends Error {
  readonly reason: ResourceReason;
  readonly refusal: Refusal;
  readonly detail: RefusalDetail;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    reason: ResourceReason,
    detail: RefusalDetail = {},
    { headers = {}, cause }: RefusalExtras = {},
  ) {
    super(resourceRefusal(reason).text, { cause });
    this.name = 'GuardRefusal';
    this.reason = reason;
    this.refusal = resourceRefusal(reason);
    this.detail = detail;
    this.headers = headers;
  }
}
