import { type Refusal, type ResourceReason, resourceRefusal } from '@keywright/wire';

/** Who was refused what: for the log, and for the challenge where a member says so. */
export interface RefusalDetail {
  /** Scopes that are needed, for the challenge (RFC 6750 §3). */
  readonly scope?: string;
  /** How the user must have signed in, and how recently: for the challenge (RFC 9470 §3). */
  readonly acrValues?: string;
  readonly maxAgeSeconds?: number;
  readonly issuer?: string;
  readonly subject?: string;
  readonly clientId?: string;
  readonly tokenId?: string | undefined;
  readonly action?: string;
  /** Why, in words for the operator. Never in the answer. */
  readonly note?: string | undefined;
}

/** What belongs to a refusal beside its reason and its detail. */
export interface RefusalExtras {
  /** What the answer must say as well; names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What was thrown, for `fault`. */
  readonly cause?: unknown;
}

/**
 * A request that the guard does not let through. `reason` is one of the catalogue
 * (docs/errors.md), which says status, error code and text. A route's own `can` and `resource` may
 * throw one.
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
