/**
 * What one route asks of a request: a caller, its sign-in, its scopes, a resource that exists, and
 * a decision about all of it.
 */
import type { JsonObject } from '@keywright/jwt';
import type { RefusalAnswer } from './answer.ts';
import type { Caller } from './caller.ts';
import type { Presented } from './presented.ts';

export type { RefusalAnswer } from './answer.ts';

/** What a route's `can` is asked: may this caller do this to this resource? */
export interface Decision<Resource> {
  readonly subject: string;
  readonly action: string;
  readonly resource: Resource;
  readonly caller: Caller;
}

/** The answer of a `can` with its reason: `why` goes to the log, never into an answer. */
export interface Verdict {
  readonly allowed: boolean;
  readonly why?: string | undefined;
}

/** How one type of authorization details is read (RFC 9396 §2). */
export interface DetailType<Resource> {
  /** `type` of the details. */
  readonly type: string;
  /**
   * Whether this one detail covers what is asked. It is as it came: of its members only `type` is
   * certain.
   */
  covers(detail: JsonObject, decision: Decision<Resource>): boolean;
}

/**
 * What a route asks of a request, checked in this order: sign-in, scope, resource, authorization
 * details, `can`. A route without any of it asks for a good token. Unknown names are faults.
 */
export interface RouteOptions<Request, Resource = undefined, Optional extends boolean = false> {
  /** All of these must be in the token. */
  readonly scope?: string | readonly string[];
  /** The name of what is done here, for the decision and the log. By default the scope. */
  readonly action?: string;
  /**
   * Loads what the request is about, after token and scope were checked; undefined is answered with
   * 404.
   */
  readonly resource?: (
    request: Request,
    caller: Caller,
  ) => Resource | undefined | Promise<Resource | undefined>;
  /**
   * At least one detail of this type must be in the token and cover what is asked; if none does:
   * 403 (RFC 9396).
   */
  readonly detail?: DetailType<Resource>;
  /**
   * Whether this caller may do this to this resource. Anything but `true` or `{ allowed: true }` is
   * answered with 403.
   */
  readonly can?: (decision: Decision<Resource>) => boolean | Verdict | Promise<boolean | Verdict>;
  /**
   * One of these must be how the user signed in (`acr`), or the user is asked to sign in so (RFC
   * 9470).
   */
  readonly acr?: readonly string[];
  /**
   * How long ago the user may have signed in (`auth_time`), or the user is asked to sign in again
   * (RFC 9470).
   */
  readonly maxAgeSeconds?: number;
  /**
   * Lets requests without any credential pass, with no caller. A bad one is refused all the same.
   * Not with what asks something of the caller.
   */
  readonly optional?: Optional;
  /**
   * Takes the token from the query as well (RFC 6750 §2.3): it will stand in logs and histories.
   * For downloads only.
   */
  readonly queryToken?: boolean;
  /**
   * Takes the token from a form body as well, which is then read by the guard and given to the
   * handler as `form`. True by default; false leaves the body alone.
   */
  readonly formToken?: boolean;
  /**
   * False takes no API keys here. By default sealed ones are taken where the guard has `apiKeys`.
   */
  readonly apiKeys?: boolean;
  /**
   * Takes API keys in the clear as well: whatever sees the request (proxies, logs) then holds a key
   * that works.
   */
  readonly plainApiKey?: boolean;
}

/** What a handler is given of a request that was let through. */
export interface Access<Resource, Optional extends boolean> {
  readonly caller: Optional extends true ? Caller | undefined : Caller;
  readonly resource: Resource;
  /** The form body, where there was one, without the token. */
  readonly form: URLSearchParams | undefined;
  /**
   * What the answer must say as well, names in lower case. Adapters set them before the handler is
   * called.
   */
  readonly headers: Readonly<Record<string, string>> | undefined;
}

/**
 * One protected route for adapters: what the framework carries goes in, an access or a refusal
 * comes out.
 */
export interface Route<Request, Resource, Optional extends boolean> {
  /** Longest form body to read, in bytes. */
  readonly maxFormBytes: number;
  /** Whether the body is a form that must be read and given to `admit`. */
  wantsForm(presented: Presented): boolean;
  /**
   * At once where everything is at hand.
   * @throws GuardRefusal, JwtError (or rejects with them): give all to `refuse`
   */
  admit(
    presented: Presented,
    request: Request,
    form?: URLSearchParams,
  ): Access<Resource, Optional> | Promise<Access<Resource, Optional>>;
  /** Tells `onRefusal`, and says how to answer. */
  refuse(error: unknown, presented?: Presented): RefusalAnswer;
}
