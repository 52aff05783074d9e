/**
 * A person with a browser, as far as the bench needs one: keeps cookies, follows redirects, signs
 * in and allows.
 */
import { fillForm, findForm } from '../interop/html-form.ts';
import type { Person } from './cast.ts';

const maxHops = 12;

export class Visitor {
  readonly #cookies = new Map<string, string>();
  readonly #issuer: string;
  readonly #person: Person;

  constructor(issuer: string, person: Person) {
    this.#issuer = issuer;
    this.#person = person;
  }

  /** The header that this browser would send. */
  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /**
   * Goes where the link leads, through whatever pages are shown, until it leaves the server:
   * answers that address.
   */
  async follow(target: string): Promise<URL> {
    let response = await this.#send(new URL(target, this.#issuer));
    for (let hops = 0; hops < maxHops; hops += 1) {
      const location = response.headers.get('location');
      const next = location === null ? undefined : new URL(location, this.#issuer);
      if (next !== undefined && next.origin !== new URL(this.#issuer).origin) return next;
      response = next === undefined ? await this.#answer(response) : await this.#send(next);
    }
    throw new Error(`redirected without end, at last to ${response.url}`);
  }

  async #answer(response: Response): Promise<Response> {
    const html = await response.text();
    const { email, password } = this.#person;
    const isSignIn = html.includes('id="signin"');
    if (!isSignIn && !html.includes('id="allow"'))
      throw new Error(`an unexpected page, ${response.status}: ${html}`);
    const button = isSignIn ? 'signin' : 'allow';
    const form = findForm(html, button);
    const body = fillForm(form, button, { values: isSignIn ? { email, password } : {} });
    return this.#send(new URL(form.action, this.#issuer), { method: 'POST', body });
  }

  async #send(url: URL, init: RequestInit = {}): Promise<Response> {
    const headers = this.#cookies.size > 0 ? { cookie: this.cookie } : {};
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    return response;
  }

  #keep(line: string): void {
    const [pair = ''] = line.split(';');
    const equals = pair.indexOf('=');
    const [name, value] = [pair.slice(0, equals).trim(), pair.slice(equals + 1).trim()];
    if (value === '' || /;\s*max-age=0\b/i.test(line) || /expires=Thu, 01 Jan 1970/i.test(line))
      this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}
