/** An API by another author, without code of this project: correct, except for the one defect. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Defect, Has } from './defects.ts';
import { type Json, verifyByHand } from './handmade-verification.ts';
import { needed, type Served, serve, type TestIssuer } from './issuer.ts';

interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

class Refused extends Error {
  readonly reply: Reply;

  constructor(reply: Reply) {
    super('refused');
    this.reply = reply;
  }
}

const owners: Readonly<Record<string, readonly string[]>> = {
  '/buildings/1': ['usr_ada', 'contract'],
  '/buildings/2': ['usr_bob'],
};
const metadataPath = '/.well-known/oauth-protected-resource';

export class HandmadeApi {
  /** How often it was asked. */
  asked = 0;
  readonly #issuer: TestIssuer;
  readonly #has: Has;
  #served: Served | undefined;
  #isLocked = false;

  constructor(issuer: TestIssuer, defect?: Defect) {
    this.#issuer = issuer;
    this.#has = (one) => one === defect;
  }

  async start(): Promise<this> {
    this.#served = await serve((request, response) => this.#send(response, this.#answer(request)));
    return this;
  }

  close(): void {
    this.#served?.close();
  }

  get origin(): string {
    return this.#served?.origin ?? '';
  }

  #send(response: ServerResponse, { status, headers = {}, body = '' }: Reply): void {
    this.asked += 1;
    const isRefusal = status >= 400;
    const caching =
      this.#has('cacheable refusals') && isRefusal ? 'public, max-age=60' : 'no-store';
    const all: Record<string, string> = { 'cache-control': caching, ...headers };
    if (this.#has('no challenge') && status === 401) delete all['www-authenticate'];
    response.writeHead(this.#has('200 with an error') && isRefusal ? 200 : status, all).end(body);
  }

  #answer(request: IncomingMessage): Reply {
    const { pathname } = new URL(request.url ?? '', this.origin);
    if (request.url === metadataPath) return this.#describe();
    try {
      if (this.#has('404 before 401') && owners[pathname] === undefined) return { status: 404 };
      return this.#showBuilding(pathname, this.#authenticate(request));
    } catch (error) {
      return error instanceof Refused
        ? error.reply
        : { status: 500, body: 'Internal Server Error' };
    }
  }

  #describe(): Reply {
    const resource = this.#has('metadata of another') ? 'https://elsewhere.example' : this.origin;
    const body = JSON.stringify({ resource, authorization_servers: [this.#issuer.issuer] });
    return { status: 200, headers: { 'content-type': 'application/json' }, body };
  }

  #showBuilding(pathname: string, claims: Json): Reply {
    const has = this.#has;
    if (this.#isLocked && has('locks out')) throw this.#challenge(401, 'invalid_token');
    if (!String(claims['scope']).split(' ').includes(needed)) throw this.#lesserScope();
    const owned = owners[pathname];
    if (owned === undefined) return { status: 404 };
    if (owned.includes(String(claims['sub'])) || has('shows foreign'))
      return { status: 200, body: pathname };
    if (has('404 for foreign')) return { status: 404 };
    if (has('401 for foreign')) throw this.#challenge(401, 'invalid_token');
    if (has('blames the token for foreign')) throw this.#challenge(403, 'invalid_token');
    return { status: 403 };
  }

  #lesserScope(): Refused {
    if (this.#has('401 for scope')) return this.#challenge(401, 'invalid_token');
    const named = this.#has('scope unnamed') ? '' : `, scope="${needed}"`;
    return this.#challenge(403, 'insufficient_scope', named);
  }

  #challenge(status: number, error?: string, more = '', body = ''): Refused {
    this.#isLocked ||= error === 'invalid_token';
    const once = error === undefined ? '' : `, error="${error}"`;
    const named = this.#has('parameter twice') ? once + once : once;
    const metadata = `resource_metadata="${this.origin}${metadataPath}"`;
    const challenge = this.#has('unreadable challenge')
      ? `Bearer realm="api${named}`
      : `Bearer realm="api"${named}${more}, ${metadata}, Basic realm="api"`;
    return new Refused({ status, headers: { 'www-authenticate': challenge }, body });
  }

  #authenticate(request: IncomingMessage): Json {
    const token = this.#findToken(request);
    const claims = verifyByHand(token, this.#issuer, this.#has);
    if (claims !== undefined) return claims;
    throw this.#challenge(
      401,
      'invalid_token',
      '',
      this.#has('echoes the token') ? `not good: ${token}` : '',
    );
  }

  #findToken(request: IncomingMessage): string {
    const has = this.#has;
    const fields = request.headersDistinct.authorization ?? [];
    const [header = ''] = fields;
    const [scheme = '', ...words] = header.split(' ');
    const inQuery = new URL(request.url ?? '', this.origin).searchParams.get('access_token');
    if (inQuery !== null && has('takes the query')) return inQuery;
    if (inQuery !== null || (fields.length > 1 && !has('first header wins')))
      throw this.#challenge(400, 'invalid_request');
    const isBearer = has('scheme by its letters')
      ? scheme === 'Bearer'
      : scheme.toLowerCase() === 'bearer';
    if (isBearer || (has('any scheme') && words.length > 0)) return words.join(' ');
    throw this.#nobody();
  }

  #nobody(): Refused {
    if (this.#has('403 for nobody')) return this.#challenge(403);
    if (this.#has('redirects to login'))
      return new Refused({ status: 302, headers: { location: `${this.origin}/login?next=%2F` } });
    return this.#challenge(401, this.#has('error for nobody') ? 'invalid_token' : undefined);
  }
}
