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
import type { Onward } from '../pages/onward.ts';
import type { SignedIn } from '../pages/session.ts';
import type { TokenRequest, TokenResponse } from '../tokens/token-request.ts';

export type Endpoint = (core: Core, request: HttpRequest) => HttpResponse | Promise<HttpResponse>;

export interface Route {
  readonly methods: Readonly<Record<string, Endpoint>>;
  /**
   * The reader of a refusal: a program (`json`), a program with an access token (`bearer`) or with
   * a registration access token (`registration`), or a person (`page`).
   */
  readonly channel: 'json' | 'bearer' | 'registration' | 'page';
  /**
   * Whether scripts of other origins may call it (Fetch §3.2). Never true if the route reads a
   * cookie.
   */
  readonly cors: boolean;
  /**
   * For a folder of published documents: whether the document at this path is in memory. Default:
   * true for every path.
   */
  readonly isAtHand?: (path: string) => boolean;
  /** Whether the answer also contains the id that the caller gave to its request. */
  readonly identified?: boolean;
  /**
   * For an API of this server: the name of the id of the refusal in its error answers. All other
   * error answers have only the standard members.
   */
  readonly refusalId?: RefusalId;
  /**
   * The additional path of the route if the issuer has a path. `before-path`: the well-known part
   * comes first (RFC 8414 §3.1). `of-origin`: without the path of the issuer.
   */
  readonly wellKnown?: 'before-path' | 'of-origin';
  /**
   * The name of its address in the metadata of the server (RFC 8414 §2), and whether clients
   * present certificates there (RFC 8705 §5).
   */
  readonly announced?: { readonly as: string; readonly takesCertificates: boolean };
}

/**
 * The routes, by their paths below the path of the issuer. A path that ends in `*` includes its
 * whole folder.
 */
export type Routes = Readonly<Record<string, Route>>;

/** A grant at the token endpoint. */
export interface GrantHandler {
  /** Checks, spends and issues. The client is authenticated, and its tier allows the grant. */
  readonly issue: (core: Core, request: TokenRequest) => Promise<TokenResponse>;
  /**
   * Whether it calls `remember` itself, right before it spends its credential. For every other
   * grant, a DPoP proof is stored before the grant is called.
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

/** Where the user is, and where they go from there. */
export interface SecurityPlace {
  /** The page that comes before a change. Undefined: the user may change something now. */
  readonly first?: string | undefined;
  /** Where the user goes on to after a change. Default: the security page. */
  readonly onward?: Onward;
}

/** What a feature shows on the security page, and where a second factor must be added. */
export type SecuritySection = (
  core: Core,
  signedIn: SignedIn,
  browserId: string,
  place: SecurityPlace,
) => Promise<Pick<SecurityView, 'passkeys' | 'totp'>>;

/** Called only while the feature is on. A part that is left out does not exist. */
interface Parts<Name extends FeatureName> {
  readonly name: Name;
  /** `all`: all features that are on, for a feature that shows what others offer. */
  readonly routes?: (core: Core, all: readonly Feature[]) => Routes;
  /** What discovery says about it, in addition to the addresses of its routes. */
  readonly metadata?: (core: Core) => Readonly<Record<string, unknown>>;
  readonly accountSection?: AccountSection;
  readonly securitySection?: SecuritySection;
}

/** A feature has a handler if its row has a grant at the token endpoint, and only then. */
export type Feature<Name extends FeatureName = FeatureName> = Name extends TokenGrantFeature
  ? Parts<Name> & { readonly grant: GrantHandler }
  : Parts<Name> & { readonly grant?: undefined };
