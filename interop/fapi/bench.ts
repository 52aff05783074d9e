/**
 * What a bench of tests can do as a client of FAPI 2.0, well or with one thing wrong. Everything is
 * signed by jose, which nobody here wrote.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { createLocalJWKSet, type JWK, jwtVerify } from 'jose';
import { createTlsFetch, type TlsChoice } from '../tls-fetch.ts';
import { Visitor } from '../visitor.ts';
import { type BenchClient, type Changes, nowSeconds, publicHalf, sign } from './keys.ts';

export type { BenchClient, Changes } from './keys.ts';

export type Words = Readonly<Record<string, string | undefined>>;
/** The file of examples/conformance. */
export type Profile = 'fapi-2' | 'fapi-2-message-signing' | 'fapi-1-advanced' | 'fapi-ciba';

export const callback = 'https://www.certification.openid.net/test/a/keywright/callback';
export const ada = {
  email: 'ada@conformance.example',
  name: 'Ada',
  password: 'correct horse battery staple 1',
};

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: Record<string, unknown>;
}

export class Bench {
  readonly issuer: string;
  readonly profile: Profile;
  readonly first: BenchClient;
  readonly second: BenchClient;
  readonly service: BenchClient;
  readonly rsa: JWK;
  metadata: Record<string, unknown> = {};
  readonly #ca: string;
  readonly #stop: () => Promise<void>;

  constructor(
    parts: Pick<Bench, 'issuer' | 'profile' | 'first' | 'second' | 'service' | 'rsa'>,
    ca: string,
    stop: () => Promise<void>,
  ) {
    this.issuer = parts.issuer;
    this.profile = parts.profile;
    this.first = parts.first;
    this.second = parts.second;
    this.service = parts.service;
    this.rsa = parts.rsa;
    this.#ca = ca;
    this.#stop = stop;
  }

  get isSigned(): boolean {
    return this.profile === 'fapi-2-message-signing';
  }

  stop(): Promise<void> {
    return this.#stop();
  }

  async send(
    address: string,
    init: RequestInit = {},
    shown: Partial<TlsChoice> = {},
  ): Promise<Answer> {
    const response = await createTlsFetch({ ca: this.#ca, ...shown })(address, init);
    const text = await response.text();
    const json =
      response.headers.get('content-type')?.split(';')[0]?.endsWith('json') === true
        ? JSON.parse(text)
        : { text };
    return {
      status: response.status,
      headers: response.headers,
      json: json as Record<string, unknown>,
    };
  }

  post(
    endpoint: string,
    words: Words,
    headers: Record<string, string> = {},
    shown: Partial<TlsChoice> = {},
  ) {
    const body = new URLSearchParams(present(words));
    return this.send(this.issuer + endpoint, { method: 'POST', headers, body }, shown);
  }

  /** RFC 7523 §2.2, as the profile asks for it. */
  async assertion(client: BenchClient, changes: Changes = {}): Promise<Record<string, string>> {
    const now = nowSeconds();
    const claims = {
      iss: client.id,
      sub: client.id,
      aud: this.issuer,
      jti: randomUUID(),
      iat: now,
      exp: now + 60,
    };
    return {
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await sign(
        client.key,
        { kid: client.key.kid, typ: 'JWT' },
        claims,
        changes,
      ),
    };
  }

  /** RFC 9449 §4.2. */
  proof(
    client: BenchClient,
    method: string,
    endpoint: string,
    accessToken?: string,
    changes: Changes = {},
  ) {
    const jwk = publicHalf(changes.key ?? client.dpop);
    const claims = {
      jti: randomUUID(),
      htm: method,
      htu: this.issuer + endpoint,
      iat: nowSeconds(),
      ...(accessToken === undefined
        ? {}
        : { ath: createHash('sha256').update(accessToken).digest('base64url') }),
    };
    return sign(client.dpop, { typ: 'dpop+jwt', jwk }, claims, changes);
  }

  /** One attempt: what is asked, and the verifier behind it. */
  request(
    client: BenchClient,
    words: Words = {},
  ): { readonly words: Words; readonly verifier: string } {
    const verifier = randomBytes(32).toString('base64url');
    const all = {
      client_id: client.id,
      response_type: 'code',
      redirect_uri: callback,
      scope: 'openid offline_access accounts',
      state: randomBytes(10).toString('base64url'),
      nonce: randomBytes(10).toString('base64url'),
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...(this.isSigned ? { response_mode: 'jwt' } : {}),
      ...words,
    };
    return { words: all, verifier };
  }

  /** RFC 9101, as Message Signing §5.3.1 asks for it. */
  object(client: BenchClient, words: Words, changes: Changes = {}): Promise<string> {
    const now = nowSeconds();
    const claims = {
      iss: client.id,
      aud: this.issuer,
      nbf: now,
      exp: now + 300,
      ...present(words),
    };
    return sign(client.key, { kid: client.key.kid, typ: 'oauth-authz-req+jwt' }, claims, changes);
  }

  /** What is pushed: the words, or under Message Signing an object that holds them. */
  async pushed(client: BenchClient, words: Words, changes: Changes = {}): Promise<Words> {
    return this.isSigned
      ? { client_id: client.id, request: await this.object(client, words, changes) }
      : words;
  }

  async push(
    client: BenchClient,
    words: Words,
    { assertion = {}, object = {}, headers = {} }: PushChanges = {},
  ) {
    const form = {
      ...(await this.pushed(client, words, object)),
      ...(await this.assertion(client, assertion)),
    };
    return this.post('/par', form, headers);
  }

  link(client: BenchClient, reference: unknown, more: Words = {}): URL {
    const words = { client_id: client.id, request_uri: String(reference), ...present(more) };
    return new URL(`${this.issuer}/authorize?${new URLSearchParams(words)}`);
  }

  visitor(): Visitor {
    return new Visitor(this.issuer, createTlsFetch({ ca: this.#ca }));
  }

  /**
   * What the application is told: under Message Signing by a JWT, whose signature, issuer, audience
   * and end are checked (JARM §2.4).
   */
  async told(address: URL): Promise<URLSearchParams> {
    if (!this.isSigned) return address.searchParams;
    return this.readSecured(address.searchParams.get('response') ?? '', [
      this.first.id,
      this.second.id,
    ]);
  }

  /** JARM §2.4. */
  async readSecured(response: string, audience: string | string[]): Promise<URLSearchParams> {
    const { keys } = (await this.send(String(this.metadata['jwks_uri']))).json as unknown as {
      keys: JWK[];
    };
    const { payload } = await jwtVerify(response, createLocalJWKSet({ keys }), {
      issuer: this.issuer,
      audience,
      algorithms: ['ES256'],
      requiredClaims: ['exp'],
    });
    const { iss, aud: _, exp: __, iat: ___, ...own } = payload as Record<string, string>;
    return new URLSearchParams({ iss: iss ?? '', ...(own as Record<string, string>) });
  }

  /** Pushes, signs Ada in, and answers what came of it. */
  async authorize(
    client: BenchClient,
    words: Words = {},
    { headers, more = {}, visitor = this.visitor() }: Way = {},
  ) {
    const asked = this.request(client, words);
    const { status, json } = await this.push(
      client,
      asked.words,
      headers === undefined ? {} : { headers },
    );
    if (status !== 201) throw new Error(`not pushed: ${status} ${JSON.stringify(json)}`);
    const link = this.link(client, json['request_uri'], more);
    const back = await visitor.authorize(link, ada);
    return { ...asked, link, visitor, back, told: await this.told(back) };
  }

  async redeem(
    client: BenchClient,
    { told, verifier }: Told,
    { words = {}, assertion = {}, proof = {}, shown = {} }: RedeemChanges = {},
  ) {
    const form = {
      grant_type: 'authorization_code',
      code: told.get('code') ?? '',
      redirect_uri: callback,
      code_verifier: verifier,
      ...(await this.assertion(client, assertion)),
      ...words,
    };
    const headers =
      proof === 'none'
        ? {}
        : { dpop: await this.proof(client, 'POST', '/token', undefined, proof) };
    return this.post('/token', form, headers, shown);
  }

  async refresh(
    client: BenchClient,
    token: unknown,
    proof: Changes | 'none' = {},
  ): Promise<Answer> {
    const form = {
      grant_type: 'refresh_token',
      refresh_token: String(token),
      ...(await this.assertion(client)),
    };
    const headers =
      proof === 'none'
        ? {}
        : { dpop: await this.proof(client, 'POST', '/token', undefined, proof) };
    return this.post('/token', form, headers);
  }

  async connect(client: BenchClient, words: Words = {}) {
    const answer = await this.redeem(client, await this.authorize(client, words));
    if (answer.status !== 200)
      throw new Error(`no tokens: ${answer.status} ${JSON.stringify(answer.json)}`);
    return answer.json as Record<string, string>;
  }

  /** The resource of this bench is userinfo. `change` is of the headers. */
  async resource(
    client: BenchClient,
    token: string,
    changes: Changes = {},
    change = (headers: Record<string, string>) => headers,
  ) {
    const dpop = await this.proof(client, 'GET', '/userinfo', token, changes);
    return this.send(`${this.issuer}/userinfo`, {
      headers: change({ authorization: `DPoP ${token}`, dpop }),
    });
  }
}

interface PushChanges {
  readonly assertion?: Changes;
  readonly object?: Changes;
  readonly headers?: Record<string, string>;
}
interface Way {
  readonly headers?: Record<string, string>;
  readonly more?: Words;
  readonly visitor?: Visitor;
}
interface Told {
  readonly told: URLSearchParams;
  readonly verifier: string;
}
interface RedeemChanges {
  readonly words?: Words;
  readonly assertion?: Changes;
  readonly proof?: Changes | 'none';
  readonly shown?: Partial<TlsChoice>;
}

function present(words: Words): Record<string, string> {
  return Object.fromEntries(
    Object.entries(words).filter(([, value]) => value !== undefined),
  ) as Record<string, string>;
}
