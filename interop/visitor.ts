/**
 * A user with a browser that has no scripts, over fetch: it stores cookies, follows redirects one
 * by one, and sends forms.
 */
import type { DemoAccount } from './demonstration.ts';
import { fillForm, type Filling, findForm } from './html-form.ts';

export interface PageSeen {
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  readonly html: string;
}

/** A page of the server, or the external address to which it redirects the user. */
export type Arrival =
  | { readonly kind: 'page'; readonly page: PageSeen }
  | { readonly kind: 'left'; readonly address: URL };

export interface Consent {
  /** Scopes to untick. */
  readonly untick?: readonly string[];
  readonly answer?: 'allow' | 'deny';
}

export class Visitor {
  readonly #cookies = new Map<string, string>();
  readonly #origin: string;
  readonly #fetch: typeof fetch;

  /** Stays at one server: an address outside of it is answered and not visited. */
  constructor(issuer: string, send: typeof fetch = fetch) {
    this.#origin = new URL(issuer).origin;
    this.#fetch = send;
  }

  cookies(): ReadonlyMap<string, string> {
    return this.#cookies;
  }

  async go(address: URL | string): Promise<Arrival> {
    return this.#follow(await this.#send(new URL(address), { method: 'GET' }));
  }

  /** Presses the button in the form that holds it. */
  async press(page: PageSeen, buttonId: string, filling?: Filling): Promise<Arrival> {
    const form = findForm(page.html, buttonId);
    return this.post(page, form.action, fillForm(form, buttonId, filling));
  }

  /** Sends a form of the page, with what a browser says of itself then. */
  async post(page: PageSeen, action: string, body: URLSearchParams): Promise<Arrival> {
    const headers = { Origin: page.url.origin, 'Sec-Fetch-Site': 'same-origin' };
    return this.#follow(
      await this.#send(new URL(action, page.url), { method: 'POST', headers, body }),
    );
  }

  /**
   * Completes sign-in and consent, if they are asked, until the server redirects the user to
   * another host.
   */
  async authorize(address: URL, account: DemoAccount, consent: Consent = {}): Promise<URL> {
    let arrival = await this.go(address);
    for (let pages = 0; arrival.kind === 'page' && pages < 4; pages += 1)
      arrival = await this.#answer(arrival.page, account, consent);
    if (arrival.kind === 'page') throw new Error(`stuck at ${arrival.page.url.href}`);
    return arrival.address;
  }

  /** The page there, after sign-in and consent. */
  async settle(address: URL | string, account: DemoAccount): Promise<PageSeen> {
    let arrival = await this.go(address);
    for (let pages = 0; arrival.kind === 'page' && pages < 4; pages += 1) {
      const { page } = arrival;
      if (!/id="(?:signin|allow)"/.test(page.html)) return page;
      arrival = await this.#answer(page, account, {});
    }
    const { href } = arrival.kind === 'left' ? arrival.address : arrival.page.url;
    throw new Error(`no page to stay at, but ${href}`);
  }

  /**
   * What the browser sends to the application from a page that sends itself (Form Post Response
   * Mode §2).
   */
  async authorizeByForm(address: URL, account: DemoAccount): Promise<Request> {
    const form = findForm((await this.settle(address, account)).html, 'continue');
    return new Request(form.action, { method: form.method, body: fillForm(form, 'continue') });
  }

  async #answer(page: PageSeen, account: DemoAccount, consent: Consent): Promise<Arrival> {
    if (page.html.includes('id="signin"')) return this.signIn(page, account);
    if (!page.html.includes('id="allow"'))
      throw new Error(`unexpected page ${page.status}: ${page.html}`);
    const untick = (consent.untick ?? []).map((scope) => `scope-${scope}`);
    return this.press(page, consent.answer ?? 'allow', { untick });
  }

  signIn(page: PageSeen, { email, password }: DemoAccount): Promise<Arrival> {
    return this.press(page, 'signin', { values: { email, password } });
  }

  async #follow(first: PageSeen): Promise<Arrival> {
    let seen = first;
    for (let hops = 0; hops < 10; hops += 1) {
      const location = seen.headers.get('location');
      if (location === null) return { kind: 'page', page: seen };
      const address = new URL(location, seen.url);
      if (address.origin !== this.#origin) return { kind: 'left', address };
      seen = await this.#send(address, { method: 'GET' });
    }
    throw new Error(`redirected without end at ${seen.url.href}`);
  }

  async #send(url: URL, init: RequestInit): Promise<PageSeen> {
    const headers = new Headers(init.headers);
    headers.set('Accept', 'text/html');
    if (this.#cookies.size > 0)
      headers.set(
        'Cookie',
        [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      );
    const response = await this.#fetch(url, { ...init, headers, redirect: 'manual' });
    for (const cookie of response.headers.getSetCookie()) this.#keep(cookie);
    return { url, status: response.status, headers: response.headers, html: await response.text() };
  }

  #keep(cookie: string): void {
    const [pair = '', ...attributes] = cookie.split(';');
    const name = pair.slice(0, pair.indexOf('=')).trim();
    const value = pair.slice(pair.indexOf('=') + 1).trim();
    if (attributes.some((attribute) => /^\s*max-age\s*=\s*0\s*$/i.test(attribute)) || value === '')
      this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}
