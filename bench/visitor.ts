/**
 * A person with a browser, as far as the bench needs one: keeps cookies, follows redirects, signs
 * in and allows.
 */
import type { Person } from './cast.ts';

const maxHops = 12;

function decode(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\s${name}="([^"]*)"`, 'i').exec(tag)?.[1];
  return value === undefined ? undefined : decode(value);
}

/** The form that holds the button, filled in, as it is sent when that is pressed. */
function fill(html: string, buttonId: string, values: Readonly<Record<string, string>>) {
  const form = (html.match(/<form\b[\s\S]*?<\/form>/gi) ?? []).find((text) =>
    text.includes(`id="${buttonId}"`),
  );
  if (form === undefined) throw new Error(`no form with #${buttonId}`);
  const body = new URLSearchParams();
  for (const tag of form.match(/<(?:input|button)\b[^>]*>/gi) ?? []) {
    const name = attribute(tag, 'name');
    const isButton = tag.startsWith('<button') || attribute(tag, 'type') === 'submit';
    if (name === undefined || (isButton && attribute(tag, 'id') !== buttonId)) continue;
    body.append(name, values[attribute(tag, 'id') ?? ''] ?? attribute(tag, 'value') ?? '');
  }
  return { action: attribute(form, 'action') ?? '', body };
}

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
    const { action, body } = fill(
      html,
      isSignIn ? 'signin' : 'allow',
      isSignIn ? { email, password } : {},
    );
    return this.#send(new URL(action, this.#issuer), { method: 'POST', body });
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
