import type { AuthorizationServer, ClientCertificate, HttpResponse } from '@keywright/core';

/**
 * What the server answered, read as tests want it. `json` and `location` throw where the answer
 * has none.
 */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  readonly body: string;
  /** The body as JSON: of an endpoint, or the view of a page. */
  readonly json: Record<string, unknown>;
  /** The target of a redirect. */
  readonly location: URL;
  /**
   * The reason of a refusal, from any kind of answer: a page, a body, or the `error_uri` of a body
   * or a redirect.
   */
  readonly reason: string | undefined;
  /** The id of the refusal, which the log contains too. */
  readonly decision: string | undefined;
}

/**
 * A person's browser at the server's pages: it keeps cookies, and follows no redirect by itself.
 * Does not run scripts.
 */
export interface Browser {
  get(address: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  post(path: string, form: Form, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  readonly cookies: Map<string, string>;
}

/** The fields of a form, or its text as it is sent. */
export type Form = Readonly<Record<string, string | readonly string[]>> | string;

/**
 * Makes a browser with cookies of its own. `remoteAddress` is where its requests come from,
 * 192.0.2.1 by default; `clientCertificate` is what it shows on its connections.
 */
export function createBrowser(
  server: AuthorizationServer,
  issuer: string,
  remoteAddress = '192.0.2.1',
  clientCertificate?: ClientCertificate,
): Browser {
  const cookies = new Map<string, string>();
  async function send(
    method: string,
    address: string,
    body: string,
    headers: Readonly<Record<string, string>>,
  ) {
    // A path is sent unchanged, because a URL parser would correct what a test wants to send.
    const [path = '', query = ''] = (address.startsWith('/') ? address : pathOf(address)).split(
      /\?(.*)/s,
    );
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await server.handle({
      method,
      path,
      query,
      headers: { ...(cookie !== '' ? { cookie } : {}), ...headers },
      body,
      remoteAddress,
      ...(clientCertificate !== undefined ? { clientCertificate } : {}),
    });
    return keepCookies(cookies, toAnswer(response, issuer));
  }
  return {
    cookies,
    get: (address, headers = {}) => send('GET', address, '', headers),
    post: (path, form, headers = {}) =>
      send('POST', path, encodeForm(form), {
        'content-type': 'application/x-www-form-urlencoded',
        ...headers,
      }),
  };
}

function pathOf(address: string): string {
  const url = new URL(address);
  return url.pathname + url.search;
}

export function encodeForm(form: Form): string {
  if (typeof form === 'string') return form;
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(form))
    for (const one of typeof value === 'string' ? [value] : value) words.append(name, one);
  return words.toString();
}

/** Reads what the server answered to a request that was handed to it without a browser. */
export function toAnswer({ status, headers, body }: HttpResponse, issuer: string): Answer {
  const one = (value: string | readonly string[]) =>
    typeof value === 'string' ? value : value.join(', ');
  const setCookie = headers['set-cookie'] ?? [];
  const location = headers['location'];
  return {
    status,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, one(value)])),
    cookies: typeof setCookie === 'string' ? [setCookie] : setCookie,
    body,
    get json() {
      return JSON.parse(body) as Record<string, unknown>;
    },
    get location() {
      if (typeof location !== 'string')
        throw new Error(`no redirect but ${status}: ${body.slice(0, 300)}`);
      return new URL(location, issuer);
    },
    get reason() {
      const told = toldIn(body, location, issuer);
      return told['reason'] ?? errorUriOf(told)?.pathname.split('/').at(-1);
    },
    get decision() {
      const told = toldIn(body, location, issuer);
      return (
        told['decision'] ??
        told['decision_id'] ??
        errorUriOf(told)?.searchParams.get('decision') ??
        undefined
      );
    },
  };
}

type Told = Readonly<Record<string, string | undefined>>;

function toldIn(body: string, location: unknown, issuer: string): Told {
  if (typeof location !== 'string') return (body.startsWith('{') ? JSON.parse(body) : {}) as Told;
  const { hash, searchParams } = new URL(location, issuer);
  return Object.fromEntries([...searchParams, ...new URLSearchParams(hash.slice(1))]);
}

function errorUriOf({ error_uri: address }: Told): URL | undefined {
  return address === undefined ? undefined : new URL(address);
}

function keepCookies(jar: Map<string, string>, answer: Answer): Answer {
  for (const cookie of answer.cookies) {
    const [pair = ''] = cookie.split(';');
    const name = pair.slice(0, pair.indexOf('='));
    if (/max-age=0/i.test(cookie)) jar.delete(name);
    else jar.set(name, pair.slice(name.length + 1));
  }
  return answer;
}

/**
 * The hidden fields of the form on a page.
 * @throws TypeError when the answer is no page with a form
 */
export function readForm(answer: Answer): Readonly<Record<string, string>> {
  return (answer.json['form'] as { fields: Readonly<Record<string, string>> }).fields;
}
