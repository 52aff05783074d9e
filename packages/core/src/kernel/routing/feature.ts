/**
 * The code of a feature: one constant of this type in its folder, and one line in server.ts.
 * Routes, discovery, grants and the account page are made from the list there. The data of the
 * feature is its row in `model/features.ts`.
 */
import type { FeatureName, TokenGrantFeature } from '../../model/features.ts';
import type { AccountView, SecurityView } from '../../model/pages.ts';
import type { Core } from '../core.ts';
import type { HttpRequest, HttpResponse } from '../http/message.ts';
import type { RefusalId } from '../http/responses.ts';
import type { SignedIn } from '../pages/session.ts';
import type { TokenRequest, TokenResponse } from '../tokens/token-request.ts';

export type Endpoint = (core: Core, request: HttpRequest) => HttpResponse | Promise<HttpResponse>;

export interface Route {
  readonly methods: Readonly<Record<string, Endpoint>>;
  /**
   * Who reads a refusal: a program, a program with an access token or with one about its
   * registration, or a person.
   */
  readonly channel: 'json' | 'bearer' | 'registration' | 'page';
  /**
   * Whether scripts of other origins may call it (Fetch §3.2). Never true where a cookie counts.
   */
  readonly cors: boolean;
  /**
   * Of a folder of published documents: whether the one at this path is in memory. True for every
   * path where this is left out.
   */
  readonly isAtHand?: (path: string) => boolean;
  /** Whether the caller's name for its request stands in the answer too. */
  readonly identified?: boolean;
  /**
   * Of an API of ours: what its error answers call the id of the refusal. Others have the standard
   * members alone.
   */
  readonly refusalId?: RefusalId;
  /**
   * Where it is found, too, for an issuer with a path. `before-path`: the well-known part comes
   * first (RFC 8414 §3.1). `of-origin`: without the path.
   */
  readonly wellKnown?: 'before-path' | 'of-origin';
  /**
   * The name of its address in the metadata of the server (RFC 8414 §2), and whether clients show
   * certificates there (RFC 8705 §5).
   */
  readonly announced?: { readonly as: string; readonly takesCertificates: boolean };
}

/** By path below the issuer's. A path that ends in `*` stands for all of its folder. */
export type Routes = Readonly<Record<string, Route>>;

/** A grant at the token endpoint. */
export interface GrantHandler {
  /** Checks, spends and issues. The client is authenticated, and its tier allows the grant. */
  readonly issue: (core: Core, request: TokenRequest) => Promise<TokenResponse>;
  /**
   * Whether it calls `remember` itself, right before it spends its credential. Of every other grant
   * a DPoP proof is remembered before the grant is asked.
   */
  readonly remembersProof: boolean;
}

/** What a feature shows on the account page. Undefined members are not shown. */
export type AccountSection = (
  core: Core,
  signedIn: SignedIn,
  browserId: string,
  now: number,
) => Promise<Pick<AccountView, 'waiting'>>;

/** What a feature shows on the security page. `isFresh`: the user has just signed in. */
export type SecuritySection = (
  core: Core,
  signedIn: SignedIn,
  browserId: string,
  isFresh: boolean,
) => Promise<Pick<SecurityView, 'passkeys' | 'totp'>>;

/** Asked only while the feature is on. What is left out is not there. */
interface Parts<Name extends FeatureName> {
  readonly name: Name;
  /** `all`: of all features that are on, for one that shows what others give. */
  readonly routes?: (core: Core, all: readonly Feature[]) => Routes;
  /** What discovery says of it, beside the addresses of its routes. */
  readonly metadata?: (core: Core) => Readonly<Record<string, unknown>>;
  readonly accountSection?: AccountSection;
  readonly securitySection?: SecuritySection;
}

/**
 * A feature whose row has a grant at the token endpoint has a handler, and no other feature has.
 */
export type Feature<Name extends FeatureName = FeatureName> = Name extends TokenGrantFeature
  ? Parts<Name> & { readonly grant: GrantHandler }
  : Parts<Name> & { readonly grant?: undefined };
