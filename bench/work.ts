/**
 * What the load generator is asked to do: plain data that travels to its process, and what comes
 * back.
 */
import type { KeptPasskey } from '../packages/testing/flows/authenticator.ts';

export interface Proof {
  readonly codeVerifier: string;
  readonly codeChallenge: string;
}

export type Work =
  /** The same requests again and again, each connection through its own share. */
  | { readonly kind: 'repeat'; readonly requests: readonly string[]; readonly answerHas?: string }
  /**
   * Refresh: each family is one connection's own, and each answer's successor is what is sent next.
   */
  | {
      readonly kind: 'rotate';
      readonly head: string;
      readonly refreshTokens: readonly string[];
    }
  /** Authorize, take the code from the Location, exchange it. Two requests, one flow. */
  | {
      readonly kind: 'code-flow';
      readonly flows: readonly { readonly authorize: string; readonly exchange: Exchange }[];
    }
  /**
   * Push the request, follow the link with its reference, exchange the code. Three requests, one
   * flow.
   */
  | { readonly kind: 'pushed-code-flow'; readonly flows: readonly PushedFlow[] }
  /**
   * A device asks, its owner goes through the pages as a browser does, the device gets its tokens.
   * One flow.
   */
  | {
      readonly kind: 'device-flow';
      readonly flows: readonly DeviceFlow[];
      /** Stands on the page that says that all is done. */
      readonly doneHas: string;
    }
  /** A sign-in page, and its challenge signed with a passkey. Two requests, one sign-in. */
  | { readonly kind: 'passkey-sign-in'; readonly browsers: readonly PasskeyBrowser[] }
  /** A POST with something that was signed for it alone. */
  | SignedPosts
  /** A unit of each of them in turn. */
  | { readonly kind: 'mixed'; readonly works: readonly Work[] }
  /**
   * A GET with an access token that was never sent before. They are signed before the clock starts.
   */
  | { readonly kind: 'fresh-tokens'; readonly head: string; readonly token: FreshToken };

export interface Exchange {
  readonly head: string;
  /** The form without the code, which is appended. */
  readonly form: string;
}

export interface PushedFlow {
  /** The whole request. */
  readonly push: string;
  /** What stands before the reference in the request that the browser sends, and what after it. */
  readonly authorize: readonly [string, string];
  readonly exchange: Exchange;
}

export interface DeviceFlow {
  /** The whole request of the device. */
  readonly ask: string;
  /** Headers of the browser in which its owner is signed in, each with its line end. */
  readonly browser: string;
  /** The form is followed by the device code. */
  readonly redeem: Exchange;
}

export interface PasskeyBrowser {
  /** The whole request for the page. */
  readonly page: string;
  /** Everything of the request with the form but its length and its body. */
  readonly head: string;
  readonly passkey: KeptPasskey;
}

export interface SignedPosts {
  readonly kind: 'signed-posts';
  readonly head: string;
  readonly form: string;
  /** A DPoP proof travels in a header, an assertion of who the client is at the end of the form. */
  readonly as: 'dpop' | 'client-assertion';
  /** One for each connection in turn. */
  readonly signers: readonly {
    readonly privateJwk: Readonly<Record<string, unknown>>;
    readonly header: Readonly<Record<string, unknown>>;
  }[];
  /** Each gets a `jti` of its own, and is made and ends in time. */
  readonly claims: Readonly<Record<string, unknown>>;
  readonly lifetimeSeconds?: number;
  /** More a second than any side can answer: running out fails the run. */
  readonly perSecond: number;
  readonly answerHas: string;
}

export type WorkOf<Kind extends Work['kind']> = Extract<Work, { kind: Kind }>;

export interface FreshToken {
  readonly privateJwk: Readonly<Record<string, unknown>>;
  readonly header: Readonly<Record<string, unknown>>;
  /** Each gets a `jti` of its own. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** More a second than any side can answer: running out fails the run. */
  readonly perSecond: number;
}

export interface LoadPlan {
  /** Connections are dealt out to them in turn. */
  readonly ports: readonly number[];
  readonly connections: number;
  /**
   * Units a second over all connections, evenly spread; as many as the server answers by default.
   */
  readonly perSecond?: number;
  readonly warmupSeconds: number;
  readonly seconds: number;
  /** The server's processes, and the database's, to say how busy they were. */
  readonly serverPids: readonly number[];
  readonly databasePid?: number;
  readonly work: Work;
}

export interface LoadResult {
  readonly perSecond: number;
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
  readonly completed: number;
  readonly errors: number;
  /** The first few, in words. */
  readonly errorSamples: readonly string[];
  /** Share of one core that the load generator used: near 1 it measured itself. */
  readonly loadBusy: number;
  /** Share of one core that the server used; absent where the system does not tell. */
  readonly serverBusy?: number;
  readonly databaseBusy?: number;
}
