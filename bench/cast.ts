/**
 * Who takes part: the same API, clients and people at every side. Secrets and keys are made anew
 * for each run of the bench.
 */
import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';

export interface Credentials {
  readonly id: string;
  readonly secret: string;
}

export interface App extends Credentials {
  readonly redirectUri: string;
}

/** Who takes part where more than the three hot grants is measured. */
export interface ExtensionsCast {
  /** A service that shows who it is by assertions of its own key (private_key_jwt). */
  readonly signer: { readonly id: string; readonly key: Jwk };
  /** A service that exchanges the tokens it was called with. */
  readonly exchanger: Credentials;
  /**
   * An application of the house: nobody is asked for consent. It pushes its requests, and has
   * devices.
   */
  readonly own: App;
}

export interface Person {
  readonly email: string;
  readonly password: string;
}

export type Jwk = Readonly<Record<string, unknown>>;

export interface Cast {
  readonly api: { readonly identifier: string; readonly scope: string };
  /** Calls the API on its own account: client credentials. */
  readonly service: Credentials;
  /** Introspects tokens for the API. */
  readonly introspector: Credentials;
  /** A third-party web application: code flow, refresh. */
  readonly app: App;
  readonly extensions: ExtensionsCast;
  readonly people: readonly Person[];
  /** Private JWKs, for the sides that do not make their own. */
  readonly keys: { readonly ES256: Jwk; readonly RS256: Jwk };
}

/** One session, family and token for each of the 64 connections. */
export const peopleCount = 64;
export const accessTokenSeconds = 600;

function secret(): string {
  return randomBytes(32).toString('base64url');
}

function privateJwk(key: KeyObject, alg: string): Jwk {
  return { ...key.export({ format: 'jwk' }), alg, use: 'sig', kid: randomBytes(8).toString('hex') };
}

/** A new private key for ES256. */
export function makeKey(): Jwk {
  return privateJwk(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, 'ES256');
}

export function makeCast(): Cast {
  const { privateKey: rsa } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    api: { identifier: 'https://api.bench.example/', scope: 'buildings:read' },
    service: { id: 'bench-service', secret: secret() },
    introspector: { id: 'bench-introspector', secret: secret() },
    app: { id: 'bench-app', secret: secret(), redirectUri: 'https://app.bench.example/callback' },
    extensions: {
      signer: { id: 'bench-signer', key: makeKey() },
      exchanger: { id: 'bench-exchanger', secret: secret() },
      own: { id: 'bench-own', secret: secret(), redirectUri: 'https://own.bench.example/callback' },
    },
    people: Array.from({ length: peopleCount }, (_, index) => ({
      email: `person-${index}@bench.example`,
      password: secret(),
    })),
    keys: { ES256: makeKey(), RS256: privateJwk(rsa, 'RS256') },
  };
}

/** RFC 6749 §2.3.1. Ours need no form-encoding: they are base64url. */
export function basic({ id, secret }: Credentials): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
}
