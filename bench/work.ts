/** What the load generator is asked to do: plain data that travels to its process, and what comes back. */
export interface Proof {
  readonly codeVerifier: string;
  readonly codeChallenge: string;
}

export type Work =
  /** The same requests again and again, each connection through its own share. */
  | { readonly kind: 'repeat'; readonly requests: readonly string[]; readonly answerHas?: string }
  /** Refresh: each family is one connection's own, and each answer's successor is what is sent next. */
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
  /** A unit of each of them in turn. */
  | { readonly kind: 'mixed'; readonly works: readonly Work[] }
  /** A GET with an access token that was never sent before. They are signed before the clock starts. */
  | { readonly kind: 'fresh-tokens'; readonly head: string; readonly token: FreshToken };

export interface Exchange {
  readonly head: string;
  /** The form without the code, which is appended. */
  readonly form: string;
}

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
  /** Units a second over all connections, evenly spread; as many as the server answers by default. */
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
