/**
 * The options of a guard: its API, the trusted issuers, and its limits. `option-faults.ts` checks
 * them.
 */
import type { Jwk, Outbound } from '@keywright/jwt';
import type { RefusalEvent } from './answer.ts';
import type { KeySource } from './issuer-keys.ts';

/** An authorization server whose access tokens are accepted, and how far it is trusted. */
export interface IssuerOptions {
  /** The issuer identifier, exactly as in its metadata and its tokens. */
  readonly issuer: string;
  /** Where its keys are. Default: as its metadata says. */
  readonly keys?: KeySource;
  /** How long its keys are used if no newer ones can be fetched. Default: 86 400. */
  readonly keysStaleSeconds?: number;
  /** This API as a service client of the issuer, for introspection and API keys. */
  readonly client?: ServiceClient;
  /**
   * Accepts tokens that are no JWT, and asks this issuer about them (RFC 7662). For one issuer at
   * most, because such tokens do not name their issuer.
   */
  readonly introspect?: boolean | IntrospectionOptions;
  /**
   * Accepts tokens whose `typ` is `JWT` or absent, as issuers from before RFC 9068 sign them. Then
   * `azp` or `cid` may name the client, and `scp` the scopes. Such a token cannot always be
   * distinguished from an ID token of the same issuer: `untyped-token.ts` says what is refused as
   * an ID token. Never use this for an issuer whose ID tokens can have this API's identifier as
   * their audience.
   */
  readonly dangerouslyAllowUntypedTokens?: boolean;
}

/**
 * This API as a confidential client of an issuer. Its secret is sent by HTTP Basic (RFC 6749
 * §2.3.1), and only to the issuer.
 */
export interface ServiceClient {
  readonly id: string;
  readonly secret: string;
}

/**
 * How to ask an issuer about tokens that are no JWT (RFC 7662). Signed answers (RFC 9701) are not
 * supported.
 */
export interface IntrospectionOptions {
  /** Default: the endpoint of the issuer's metadata. */
  readonly endpoint?: string;
  /**
   * How long an answer is remembered. A revoked token may be accepted for so long. Default: 5.
   * Never past the token's end.
   */
  readonly cacheSeconds?: number;
  /**
   * Accepts answers without an audience. Then every token of the issuer is accepted, for whatever
   * API it was issued.
   */
  readonly dangerouslyAllowMissingAudience?: boolean;
  /**
   * Takes an answer without `sub` as the answer for a service. For issuers that always name the
   * user if there is one.
   */
  readonly dangerouslyTakeMissingSubjectAsClient?: boolean;
}

/**
 * The demands on proofs of possession (RFC 9449). Tokens that are bound to a key always need a
 * proof.
 */
export interface DpopOptions {
  /** Accepts only tokens that are bound to a key (RFC 9449). */
  readonly required?: boolean;
  /**
   * Demands a nonce of this API in proofs (RFC 9449 §9). 32 random bytes, the same in all processes
   * of the API.
   */
  readonly nonceSecret?: string | Uint8Array;
}

/**
 * How a proxy that ends TLS forwards the certificate of a client (RFC 9440). Without this option,
 * only the certificate of the connection itself counts.
 */
export interface CertificateOptions {
  /** The header with the certificate, in base64 between colons: `client-cert`. */
  readonly header: string;
  /**
   * Addresses or networks (`10.0.0.0/8`) from which the header is trusted. The proxy must remove
   * the header from requests of clients.
   */
  readonly trustedProxies: readonly string[];
}

/** What is published about this API (RFC 9728 §2), if its audience is an http(s) address. */
export interface MetadataOptions {
  /** A name to show to people. */
  readonly name?: string;
  /** Address of a page for developers. */
  readonly documentation?: string;
  readonly scopes?: readonly string[];
  /** Types of `authorization_details` that its routes demand (RFC 9396). */
  readonly detailTypes?: readonly string[];
}

/**
 * How API keys are accepted (docs/api-keys.md). Needs one issuer with `client`, and an API with an
 * address.
 */
export interface ApiKeyOptions {
  /**
   * Private JWKs of X25519 or P-256 that open sealed keys (`generateDecryptionKey`). Callers seal
   * for the first one, and all of them open. To replace a key: put a new one last, then first, and
   * remove the old one an hour later.
   */
  readonly decryptionKeys: readonly Jwk[];
  /**
   * How keys are looked up: in a signed list that the guard follows (the default), or by
   * introspection of each key.
   */
  readonly by?: 'manifest' | 'introspection';
  /**
   * Environments whose keys are accepted, such as `live`. Default: all. Keys of other environments
   * count as unknown.
   */
  readonly environments?: readonly string[];
  /** Default: `<issuer>/api-keys/manifest`. */
  readonly manifestUri?: string;
  /**
   * How long the manifest is used if no newer one can be fetched. Default: 300, and at most as long
   * as the issuer signs.
   */
  readonly staleSeconds?: number;
  /** The greatest age of a sealed key. Default: 60. */
  readonly sealedSeconds?: number;
}

/**
 * Remembers what may be used once: proofs (RFC 9449 §11.1) and sealed keys. Several processes of
 * one API must share one.
 */
export interface Replays {
  /**
   * False if the id was claimed before. May forget the id after `expiresAt`, in milliseconds, but
   * not sooner.
   */
  claim(id: string, expiresAt: number): boolean | Promise<boolean>;
}

/**
 * The options of a guard: its API, the issuers that it trusts, and its limits. All are checked when
 * the guard is created. Unknown names are faults.
 */
export interface GuardOptions {
  /** The issuers whose tokens are accepted: an issuer identifier, an object, or a list of these. */
  readonly issuer: string | IssuerOptions | readonly (string | IssuerOptions)[];
  /**
   * The identifier of this API, for which tokens must be issued. Challenges name it as the realm.
   */
  readonly audience: string;
  /**
   * The public address of this API: the part before the target of each request. It has a path only
   * if a proxy cuts a path off. Default: the origin of `audience`, if that is an http(s) address.
   * Proofs and sealed keys are compared with it, and never with the Host header.
   */
  readonly baseUrl?: string;
  /** Where the keys are, for an issuer that is given as text. */
  readonly keys?: KeySource;
  /** Accepts API keys of services. */
  readonly apiKeys?: ApiKeyOptions;
  readonly dpop?: DpopOptions;
  readonly certificate?: CertificateOptions;
  /** `required`: accepts only tokens that are bound to a key or a certificate. */
  readonly senderConstrained?: 'required';
  /**
   * Default: the memory of this process, with at most 600 000 entries (90 MB). If it is full, the
   * answer is 503, and also if your own one throws. Several processes of one API must share one.
   * Otherwise a proof can be used once in each of them.
   */
  readonly replays?: Replays;
  /**
   * `staleSeconds`: how long a status list is used if no newer one can be fetched. Default: 300.
   */
  readonly status?: { readonly staleSeconds?: number };
  readonly metadata?: MetadataOptions;
  /** How the guard sends requests. Default: 5 s, 1 MiB, no redirects. */
  readonly outbound?: Outbound;
  /** In milliseconds. */
  readonly clock?: () => number;
  /** Default: 5. */
  readonly clockToleranceSeconds?: number;
  /** How many verified tokens are remembered. Default: 10 000. 0 for none. */
  readonly cacheEntries?: number;
  /** The longest form body that is read for a token. Default: 65 536. */
  readonly maxFormBytes?: number;
  /**
   * Allows an issuer over http on other hosts than this one. Then an attacker on the network can
   * replace its keys.
   */
  readonly dangerouslyAllowHttpIssuer?: boolean;
  /** Receives every refusal. Its errors are ignored. */
  readonly onRefusal?: (event: RefusalEvent) => void;
  /**
   * Receives each failure to get keys, metadata, status lists, an introspection or `replays`. Its
   * errors are ignored.
   */
  readonly onFailed?: (error: unknown) => void;
}
