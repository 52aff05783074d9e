/**
 * Parts for tests of API keys: an issuer that issues and revokes them, an API, and honest and
 * dishonest callers.
 */
import { randomBytes } from 'node:crypto';
import {
  createOutbound,
  findSealingKey,
  generateDecryptionKey,
  generateSigningKey,
  importAgreementKeys,
  importKeySet,
  type Jwk,
  type MadeApiKey,
  makeApiKey,
  type Outbound,
  type OutboundReply,
  type OutboundRequest,
  sealJwe,
  signJwtSync,
} from '@keywright/jwt';
import type { Caller } from '../../caller.ts';
import type { GuardRefusal } from '../../guard-refusal.ts';
import type { ApiKeyOptions, Replays } from '../../options.ts';
import type { ApiKeyParts } from '../../parts.ts';
import type { Presented } from '../../presented.ts';
import { createReplays } from '../../replays.ts';
import { createSingleUse } from '../../single-use.ts';
import { createApiKeys } from '../index.ts';

export const issuer = 'https://issuer.example';
export const audience = 'https://api.example';
export const startedAt = 1_800_000_000_000;
export const signingKey = await generateSigningKey('ES256');
export const strangeKey = await generateSigningKey('ES256');
export const decryptionKey = generateDecryptionKey();
const published = importKeySet({ keys: [signingKey.publicJwk] });

export interface IssuedKey extends MadeApiKey {
  /** What the issuer says about it, beyond the members of every key. */
  readonly entry: Record<string, unknown>;
}

interface Sent extends OutboundRequest {
  readonly url: string;
}

/** Holds everything that a test may change, as plain fields. */
export class Issuer {
  now = startedAt;
  isDown = false;
  readonly sent: Sent[] = [];
  readonly failures: unknown[] = [];
  readonly keys = new Map<string, IssuedKey>();
  /** Instead of the right ones. */
  manifestClaims: Record<string, unknown> = {};
  manifestTyp = 'api-keys+jwt';
  signer = signingKey;
  introspectionClaims: Record<string, unknown> = {};

  issue(entry: Record<string, unknown> = {}, environment = 'live'): IssuedKey {
    const key = { ...makeApiKey(environment, randomBytes), entry };
    this.keys.set(key.id, key);
    return key;
  }

  revoke({ id }: MadeApiKey): void {
    this.keys.delete(id);
  }

  pass(seconds: number): void {
    this.now += seconds * 1000;
  }

  asked(path: string): readonly Sent[] {
    return this.sent.filter(({ url }) => new URL(url).pathname === path);
  }

  readonly outbound: Outbound = {
    ...createOutbound(),
    send: async (url, request) => {
      this.sent.push({ url, ...request });
      if (this.isDown) throw new Error('down');
      return this.#answer(new URL(url).pathname, request);
    },
    fetchJson: async (url) => {
      this.sent.push({ url, accept: 'application/json' });
      if (this.isDown) throw new Error('down');
      const body = { issuer, introspection_endpoint: `${issuer}/introspect` };
      return { body, maxAgeSeconds: undefined };
    },
  };

  #answer(path: string, request: OutboundRequest): OutboundReply {
    if (path === '/api-keys/manifest') return this.#manifest(request);
    if (path === '/introspect') return reply(JSON.stringify(this.#introspect(request.body ?? '')));
    if (path === '/api-keys/usage') return { ...reply(''), status: 204 };
    throw new Error(`nothing at ${path}`);
  }

  #manifest({ headers }: OutboundRequest): OutboundReply {
    const keys = [...this.keys.values()].map(entryOf);
    const etag = JSON.stringify([...this.keys.keys()]);
    if (headers?.['if-none-match'] === etag) return { ...reply('', etag), status: 304 };
    const iat = Math.floor(this.now / 1000);
    const claims = {
      iss: issuer,
      aud: audience,
      iat,
      exp: iat + 300,
      keys,
      ...this.manifestClaims,
    };
    const key = {
      kid: signingKey.kid,
      algorithm: 'ES256',
      privateKey: this.signer.privateKey,
    } as const;
    return reply(signJwtSync(key, this.manifestTyp, claims), etag);
  }

  #introspect(body: string): Record<string, unknown> {
    const token = new URLSearchParams(body).get('token');
    const key = [...this.keys.values()].find(({ text }) => text === token);
    if (key === undefined) return { active: false };
    const { id, environment, entry } = key;
    const { client_id: clientId = 'collector', scope = 'buildings:read', exp, networks } = entry;
    const who = { client_id: clientId, sub: clientId, scope, aud: audience, jti: id, environment };
    return {
      active: true,
      token_type: 'api_key',
      ...who,
      exp,
      networks,
      ...this.introspectionClaims,
    };
  }
}

function entryOf({ id, digest, environment, entry }: IssuedKey): Record<string, unknown> {
  return {
    id,
    sha256: digest,
    client_id: 'collector',
    env: environment,
    scope: 'buildings:read',
    ...entry,
  };
}

function reply(text: string, etag?: string): OutboundReply {
  return { status: 200, text, etag, maxAgeSeconds: undefined };
}

export interface Stage {
  readonly issuer: Issuer;
  /** The result of a credential: the caller, or the reason of the refusal. */
  readonly outcome: (
    credential: string,
    request?: Partial<Presented>,
    isPlainAllowed?: boolean,
  ) => Promise<string>;
  readonly authenticate: (credential: string, request?: Partial<Presented>) => Promise<Caller>;
  readonly jwks: () => { readonly keys: readonly Jwk[] };
}

export function present(request: Partial<Presented> = {}): Presented {
  return {
    method: 'GET',
    target: '/buildings/1?x=2',
    remoteAddress: '192.0.2.7',
    header: () => undefined,
    certificate: () => undefined,
    ...request,
  };
}

export function createStage(
  options: Partial<ApiKeyOptions> = {},
  { replays, ...changes }: Partial<ApiKeyParts> & { readonly replays?: Replays } = {},
): Stage {
  const fake = new Issuer();
  const clock = () => fake.now;
  const onFailed = (error: unknown) => void fake.failures.push(error);
  const parts: ApiKeyParts = {
    issuer: { issuer, client: { id: 'buildings api', secret: 's/c:r%t' } },
    keys: { resolve: (kid, algorithm) => published.find(kid, algorithm), current: () => published },
    outbound: fake.outbound,
    clock,
    audience,
    uses: createSingleUse({ replays: replays ?? createReplays(clock), clock, onFailed }),
    addressOf: ({ target }) => audience + (target.split('?')[0] ?? ''),
    onFailed,
    ...changes,
  };
  const keys = createApiKeys({ decryptionKeys: [decryptionKey], ...options }, parts);
  const authenticate = (credential: string, request?: Partial<Presented>, isPlainAllowed = true) =>
    keys.authenticate(credential, present(request), isPlainAllowed);
  return {
    issuer: fake,
    authenticate,
    jwks: () => keys.jwks(),
    async outcome(credential, request, isPlainAllowed) {
      try {
        return (await authenticate(credential, request, isPlainAllowed)).clientId;
      } catch (error) {
        return (error as GuardRefusal).reason;
      }
    },
  };
}

/** A correctly sealed key for `GET /buildings/1`, with changes to its content. */
export function seal(
  { text }: MadeApiKey,
  payload: Record<string, unknown> = {},
  receiver: Jwk = decryptionKey,
  typ = 'api-key+jwe',
): string {
  const key = findSealingKey({ keys: importAgreementKeys([receiver]).publicJwks });
  if (key === undefined) throw new TypeError('no key');
  const good = {
    key: text,
    aud: audience,
    htm: 'GET',
    htu: `${audience}/buildings/1`,
    iat: startedAt / 1000,
    jti: randomBytes(16).toString('base64url'),
  };
  return sealJwe(JSON.stringify({ ...good, ...payload }), typ, key);
}

/** Waits for work that was started in the background. */
export const settle = () => new Promise((resolve) => setImmediate(resolve));
