/**
 * A little authorization server for the tests: metadata, keys, client credentials, and tokens of
 * any kind by hand.
 */
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Served {
  readonly origin: string;
  close(): void;
}

export async function serve(listener: RequestListener): Promise<Served> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { origin: `http://127.0.0.1:${port}`, close };
}

export const audience = 'https://api.example';
export const needed = 'buildings:read';
export const secret = 'correct horse/battery: staple+';

export type Claims = Readonly<Record<string, unknown>>;

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const now = () => Math.floor(Date.now() / 1000);

export class TestIssuer {
  readonly kid = randomUUID();
  /** Forms that were posted to the token endpoint. */
  readonly posted: URLSearchParams[] = [];
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  #served: Served | undefined;

  async start(): Promise<this> {
    this.#served = await serve((request, response) => {
      void text(request).then((body) => {
        const [status, json] = this.#answer(
          request.url ?? '',
          request.headers.authorization ?? '',
          body,
        );
        return response
          .writeHead(status, { 'content-type': 'application/json' })
          .end(JSON.stringify(json));
      });
    });
    return this;
  }

  close(): void {
    this.#served?.close();
  }

  get issuer(): string {
    return this.#served?.origin ?? '';
  }

  get publicKey() {
    return this.#keys.publicKey;
  }

  /** A good access token of Ada's, with changes. */
  token(changes: Claims = {}, header: Claims = {}): string {
    const claims = {
      iss: this.issuer,
      aud: audience,
      sub: 'usr_ada',
      client_id: 'heatlens',
      scope: needed,
    };
    const times = { iat: now(), exp: now() + 600, jti: randomUUID() };
    const head = part({ alg: 'ES256', typ: 'at+jwt', kid: this.kid, ...header });
    const input = `${head}.${part({ ...claims, ...times, ...changes })}`;
    const signer = { key: this.#keys.privateKey, dsaEncoding: 'ieee-p1363' } as const;
    return `${input}.${sign('sha256', Buffer.from(input), signer).toString('base64url')}`;
  }

  #answer(url: string, authorization: string, body: string): readonly [number, object] {
    const { issuer } = this;
    if (url === '/.well-known/oauth-authorization-server')
      return [200, { issuer, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/jwks` }];
    const jwk = {
      ...this.publicKey.export({ format: 'jwk' }),
      kid: this.kid,
      alg: 'ES256',
      use: 'sig',
    };
    if (url === '/jwks') return [200, { keys: [jwk] }];
    return url === '/token' ? this.#issue(new URLSearchParams(body), authorization) : [404, {}];
  }

  #issue(form: URLSearchParams, authorization: string): readonly [number, object] {
    this.posted.push(form);
    const pair = Buffer.from(authorization.slice('Basic '.length), 'base64').toString();
    const basic = pair.split(':').map((half) => decodeURIComponent(half.replaceAll('+', ' ')));
    const [id, given] = pair === '' ? [form.get('client_id'), form.get('client_secret')] : basic;
    if (id !== 'contract' || given !== secret) return [401, { error: 'invalid_client' }];
    const scope = form.get('scope') ?? needed;
    if (scope === 'no:such') return [400, { error: 'invalid_scope' }];
    const aud = form.get('resource') ?? audience;
    const token = this.token({ sub: 'contract', client_id: 'contract', scope, aud });
    return [200, { access_token: token, token_type: 'Bearer', expires_in: 600, scope }];
  }
}
