/**
 * What a guard is told: of its API, of whom it trusts, and of how it goes about it. Checked in
 * `option-faults.ts`.
 */
import type { Jwk, Outbound } from '@keywright/jwt';
import type { RefusalEvent } from './answer.ts';
import type { KeySource } from './issuer-keys.ts';

/** An authorization server whose access tokens are taken, and how much of it is believed. */
export interface IssuerOptions {
  /** Its issuer identifier, exactly as its metadata and its tokens state it. */
  readonly issuer: string;
  /** Where its keys are. By default its metadata is asked. */
  readonly keys?: KeySource;
  /** How long its keys serve when no newer ones can be had; 86 400 by default. */
  readonly keysStaleSeconds?: number;
  /** This API as a service client there: for introspection and API keys. */
  readonly client?: ServiceClient;
  /**
   * Takes tokens that are no JWT, and asks this issuer about them (RFC 7662). For one issuer at
   * most: they do not say whose they are.
   */
  readonly introspect?: boolean | IntrospectionOptions;
  /**
   * Takes tokens whose `typ` is `JWT` or absent, as issuers from before RFC 9068 sign them; then
   * `azp` or `cid` may name the client, and `scp` the scopes. Such a token is not always to be told
   * from an ID token of the same issuer: what is refused as one says `untyped-token.ts`. Never for
   * an issuer whose ID tokens can have this API's identifier as their audience.
   */
  readonly dangerouslyAllowUntypedTokens?: boolean;
}

/**
 * This API as a confidential client of an issuer. Its secret is sent by HTTP Basic (RFC 6749
 * §2.3.1), to the issuer alone.
 */
export interface ServiceClient {
  readonly id: string;
  readonly secret: string;
}

/** How an issuer is asked about tokens that are no JWT (RFC 7662). No signed answers (RFC 9701). */
export interface IntrospectionOptions {
  /** By default the issuer's metadata is asked. */
  readonly endpoint?: string;
  /**
   * How long an answer is remembered: what was revoked may pass for so long. 5 by default; never
   * past the token's end.
   */
  readonly cacheSeconds?: number;
  /**
   * Takes answers that name no audience: then every token of the issuer is taken, whatever API it
   * is for.
   */
  readonly dangerouslyAllowMissingAudience?: boolean;
  /**
   * Takes an answer without `sub` for a service's: for issuers that always name the user where
   * there is one.
   */
  readonly dangerouslyTakeMissingSubjectAsClient?: boolean;
}

/**
 * What is asked of proofs of possession (RFC 9449). Tokens that are bound to a key need a proof in
 * any case.
 */
export interface DpopOptions {
  /** Takes no other tokens than those that are bound to a key (RFC 9449). */
  readonly required?: boolean;
  /**
   * Makes clients put a nonce of this API into their proofs (RFC 9449 §9). 32 random bytes, the
   * same in all its processes.
   */
  readonly nonceSecret?: string | Uint8Array;
}

/**
 * How the certificate of a client is handed on by a proxy that ends TLS (RFC 9440). Without it
 * only the certificate of the connection itself counts.
 */
export interface CertificateOptions {
  /** The header that it stands in, between colons in base64: `client-cert`. */
  readonly header: string;
  /**
   * From where the header is believed: addresses or networks (`10.0.0.0/8`). The proxy must remove
   * it from what clients send.
   */
  readonly trustedProxies: readonly string[];
}

/** What is published of this API (RFC 9728 §2), when its audience is an http(s) address. */
export interface MetadataOptions {
  /** For people. */
  readonly name?: string;
  /** Address of a page for developers. */
  readonly documentation?: string;
  readonly scopes?: readonly string[];
  /** Types of `authorization_details` that its routes ask for (RFC 9396). */
  readonly detailTypes?: readonly string[];
}

/**
 * How API keys are taken (docs/api-keys.md). Needs one issuer with `client`, and an API that has
 * an address.
 */
export interface ApiKeyOptions {
  /**
   * Private JWKs of X25519 or P-256 that sealed keys are opened with (`generateDecryptionKey`).
   * Callers seal for the first; all are opened: put a new one last, then first, and remove the old
   * one an hour later.
   */
  readonly decryptionKeys: readonly Jwk[];
  /**
   * How keys are looked up: in a signed list that the guard follows (the default), or by asking the
   * issuer about each.
   */
  readonly by?: 'manifest' | 'introspection';
  /**
   * Environments whose keys are taken, such as `live`; by default all. Keys of others are as
   * unknown ones.
   */
  readonly environments?: readonly string[];
  /** By default `<issuer>/api-keys/manifest`. */
  readonly manifestUri?: string;
  /**
   * How long the manifest serves when no newer one can be had; 300 by default, and at most what the
   * issuer signs.
   */
  readonly staleSeconds?: number;
  /** How old a sealed key may be; 60 by default. */
  readonly sealedSeconds?: number;
}

/**
 * Remembers what may be used once: proofs (RFC 9449 §11.1) and sealed keys. Several processes of
 * one API must share one.
 */
export interface Replays {
  /**
   * False when the id was claimed before. May forget it after `expiresAt`, in milliseconds, and not
   * sooner.
   */
  claim(id: string, expiresAt: number): boolean | Promise<boolean>;
}

/**
 * What a guard is told: of its API, of the issuers that it trusts, and of its limits. All is
 * checked when the guard is made; unknown names are faults.
 */
export interface GuardOptions {
  /** Whose tokens are taken: an issuer identifier, more about it, or several. */
  readonly issuer: string | IssuerOptions | readonly (string | IssuerOptions)[];
  /**
   * The identifier of this API: what tokens must be issued for. Stands in challenges as the realm.
   */
  readonly audience: string;
  /**
   * The public address of this API: what stands before the target of each request, so with a path
   * only where a proxy cuts one off. By default the origin of `audience`, where that is an http(s)
   * address. Proofs and sealed keys are held against it, never against the Host header.
   */
  readonly baseUrl?: string;
  /** Where the keys are of an issuer that is given as text. */
  readonly keys?: KeySource;
  /** Takes API keys of services. */
  readonly apiKeys?: ApiKeyOptions;
  readonly dpop?: DpopOptions;
  readonly certificate?: CertificateOptions;
  /** `required` takes no tokens but those bound to a key or a certificate. */
  readonly senderConstrained?: 'required';
  /**
   * By default in the memory of this process, at most 600 000 (90 MB); when that is full the answer
   * is 503, and likewise when one of your own throws. Several processes of one API need one that
   * they share, or a proof can be used once in each of them.
   */
  readonly replays?: Replays;
  /** `staleSeconds`: how long a status list serves when no newer one can be had; 300 by default. */
  readonly status?: { readonly staleSeconds?: number };
  readonly metadata?: MetadataOptions;
  /** How the guard goes out; by default within 5 s and 1 MiB, without redirects. */
  readonly outbound?: Outbound;
  /** In milliseconds. */
  readonly clock?: () => number;
  /** 5 by default. */
  readonly clockToleranceSeconds?: number;
  /** How many verified tokens are remembered; 10 000 by default, 0 for none. */
  readonly cacheEntries?: number;
  /** Longest form body that is read for a token; 65 536 by default. */
  readonly maxFormBytes?: number;
  /**
   * Allows an issuer over http on other hosts than this one. The keys then come from whoever is on
   * the line.
   */
  readonly dangerouslyAllowHttpIssuer?: boolean;
  /** Told of every refusal. What it throws is dropped. */
  readonly onRefusal?: (event: RefusalEvent) => void;
  /**
   * Told each time that keys, metadata, status lists, an introspection or `replays` cannot be had.
   * What it throws is dropped.
   */
  readonly onFailed?: (error: unknown) => void;
}
