/**
 * The demands of one route: a caller, its sign-in, its scopes, a resource that exists, and a
 * decision about them.
 */
import type { JsonObject } from '@keywright/jwt';
import type { RefusalAnswer } from './answer.ts';
import type { Caller } from './caller.ts';
import type { Presented } from './presented.ts';

export type { RefusalAnswer } from './answer.ts';

/** The question for a route's `can`: may this caller do this to this resource? */
export interface Decision<Resource> {
  readonly subject: string;
  readonly action: string;
  readonly resource: Resource;
  readonly caller: Caller;
}

/** The answer of a `can` with its reason. `why` is written to the log, and never to an answer. */
export interface Verdict {
  readonly allowed: boolean;
  readonly why?: string | undefined;
}

/** How one type of authorization details is read (RFC 9396 §2). */
export interface DetailType<Resource> {
  /** `type` of the details. */
  readonly type: string;
  /**
   * Whether this detail covers the request. The detail is as it was sent: only its member `type` is
   * checked.
   */
  covers(detail: JsonObject, decision: Decision<Resource>): boolean;
}

/**
 * The demands of a route on a request, checked in this order: sign-in, scope, resource,
 * authorization details, `can`. A route without any of them demands a valid token. Unknown names
 * are faults.
 */
export interface RouteOptions<Request, Resource = undefined, Optional extends boolean = false> {
  /** The token must have all of these. */
  readonly scope?: string | readonly string[];
  /** The name of the action, for the decision and the log. Default: the scope. */
  readonly action?: string;
  /**
   * Loads the resource of the request, after the checks of token and scope. For undefined the
   * answer is 404.
   */
  readonly resource?: (
    request: Request,
    caller: Caller,
  ) => Resource | undefined | Promise<Resource | undefined>;
  /**
   * The token must have at least one detail of this type that covers the request. Otherwise the
   * answer is 403 (RFC 9396).
   */
  readonly detail?: DetailType<Resource>;
  /**
   * Whether this caller may do this to this resource. For every answer except `true` and `{
   * allowed: true }`, the response is 403.
   */
  readonly can?: (decision: Decision<Resource>) => boolean | Verdict | Promise<boolean | Verdict>;
  /**
   * The user must have signed in with one of these (`acr`). Otherwise the user is asked to sign in
   * again (RFC 9470).
   */
  readonly acr?: readonly string[];
  /**
   * The greatest age of the user's sign-in (`auth_time`). Otherwise the user is asked to sign in
   * again (RFC 9470).
   */
  readonly maxAgeSeconds?: number;
  /**
   * Lets requests without a credential pass, without a caller. An invalid credential is refused all
   * the same. Not allowed with demands on the caller.
   */
  readonly optional?: Optional;
  /**
   * Accepts the token in the query too (RFC 6750 §2.3). It will then appear in logs and histories.
   * For downloads only.
   */
  readonly queryToken?: boolean;
  /**
   * Accepts the token in a form body too. Then the guard reads the form and gives it to the handler
   * as `form`. Default: true. With false, the guard does not read the body.
   */
  readonly formToken?: boolean;
  /**
   * False: this route accepts no API keys. Default: sealed ones are accepted if the guard has
   * `apiKeys`.
   */
  readonly apiKeys?: boolean;
  /**
   * Accepts plain API keys too. Then everything that sees the request (proxies, logs) has a working
   * key.
   */
  readonly plainApiKey?: boolean;
}

/** What a handler receives for a request that was let through. */
export interface Access<Resource, Optional extends boolean> {
  readonly caller: Optional extends true ? Caller | undefined : Caller;
  readonly resource: Resource;
  /** The form body, if there was one, without the token. */
  readonly form: URLSearchParams | undefined;
  /**
   * Headers that the answer must have, with names in lower case. Adapters set them before they call
   * the handler.
   */
  readonly headers: Readonly<Record<string, string>> | undefined;
}

/**
 * One protected route, for adapters: it turns a request of the framework into an access or a
 * refusal.
 */
export interface Route<Request, Resource, Optional extends boolean> {
  /** Longest form body to read, in bytes. */
  readonly maxFormBytes: number;
  /** Whether the body is a form that must be read and given to `admit`. */
  wantsForm(presented: Presented): boolean;
  /**
   * Answers at once if nothing has to be waited for.
   * @throws GuardRefusal, JwtError (or rejects with them): pass each to `refuse`
   */
  admit(
    presented: Presented,
    request: Request,
    form?: URLSearchParams,
  ): Access<Resource, Optional> | Promise<Access<Resource, Optional>>;
  /** Calls `onRefusal` and makes the answer. */
  refuse(error: unknown, presented?: Presented): RefusalAnswer;
}
