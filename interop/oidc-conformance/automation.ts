/**
 * The suite's own automation of a browser, as far as our configurations of it go: tasks by address,
 * and in them commands by the id of a control.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fillForm, findForm, findText, readText } from '../html-form.ts';
import { root } from '../process.ts';
import { type Arrival, type PageSeen, Visitor } from '../visitor.ts';

type Command = readonly [name: string, by: string, target: string, ...rest: (string | number)[]];

interface Task {
  readonly task: string;
  readonly match?: string;
  readonly optional?: boolean;
  readonly commands?: readonly Command[];
}

interface Entry {
  readonly match: string;
  readonly tasks: readonly Task[];
}

export interface SuiteClient {
  readonly client_id: string;
  readonly client_secret: string;
}

/** What the suite is configured with for a plan: examples/conformance/suite. */
export interface SuiteConfiguration {
  readonly alias: string;
  readonly server: { readonly discoveryUrl: string; readonly login_hint: string };
  readonly client?: SuiteClient;
  readonly client2?: SuiteClient;
  readonly client_secret_post?: SuiteClient;
  readonly browser?: readonly Entry[];
  readonly override?: Readonly<Record<string, { readonly browser: readonly Entry[] }>>;
}

/** The file as it is, but for the issuer. */
export function readConfiguration(plan: string, issuer: string): SuiteConfiguration {
  const file = path.join(root, 'examples/conformance/suite', `${plan}.json`);
  const text = readFileSync(file, 'utf8').replaceAll('https://localhost:4443', issuer);
  return JSON.parse(text) as SuiteConfiguration;
}

/**
 * Where the browser is in the end: at a page of the server, or outside, with the form that it
 * brought there if it brought one.
 */
export type Landing = Arrival & { readonly posted?: URLSearchParams };

export interface Method {
  readonly method: 'GET' | 'POST';
}

/** One browser, with no memory at the start: of one module. */
export class Automation {
  readonly #entries: readonly Entry[];
  readonly #visitor: Visitor;
  readonly #fetch: typeof fetch;
  readonly #issuer: string;
  /** Pages that the suite would have pictures of. */
  readonly pictures: PageSeen[] = [];
  /** How often somebody signed in. */
  signIns = 0;

  constructor(
    configuration: SuiteConfiguration,
    module: string,
    bench: { issuer: string; fetch: typeof fetch },
  ) {
    this.#entries = configuration.override?.[module]?.browser ?? configuration.browser ?? [];
    this.#visitor = new Visitor(bench.issuer, bench.fetch);
    this.#fetch = bench.fetch;
    this.#issuer = bench.issuer;
  }

  async go(address: string, { method }: Method = { method: 'GET' }): Promise<Landing> {
    const entry = this.#entries.find(({ match }) => matches(match, address));
    if (entry === undefined) throw new Error(`the configuration has nothing for ${address}`);
    let landing = await this.#settle(
      await (method === 'GET' ? this.#visitor.go(address) : this.#post(address)),
    );
    for (const task of entry.tasks) {
      if (!matches(task.match ?? '*', addressOf(landing))) {
        if (task.optional === true) continue;
        throw new Error(`"${task.task}" is not for ${addressOf(landing)}: ${textOf(landing)}`);
      }
      landing = await this.#perform(landing, task.commands ?? []);
    }
    return landing;
  }

  /** From the suite's own site: cookies do not come along (SameSite=Lax). */
  async #post(address: string): Promise<Arrival> {
    const url = new URL(address);
    const body = new URLSearchParams(url.search);
    const headers = { Origin: 'https://suite.example', 'Sec-Fetch-Site': 'cross-site' };
    const answer = await this.#fetch(`${url.origin}${url.pathname}`, {
      method: 'POST',
      headers,
      body,
    });
    const location = answer.headers.get('location');
    if (location === null)
      throw new Error(`${answer.status} for a posted request: ${await answer.text()}`);
    return this.#visitor.go(new URL(location, this.#issuer));
  }

  async #perform(landing: Landing, commands: readonly Command[]): Promise<Landing> {
    // Outside is the suite, which has its own words.
    if (landing.kind === 'left') return landing;
    const { page } = landing;
    const values: Record<string, string> = {};
    let next: Landing = landing;
    for (const [name, by, target, ...rest] of commands) {
      if (name === 'text' && by === 'id') values[target] = String(rest[0]);
      else if (name === 'click' && by === 'id') next = await this.#click(page, target, values);
      else if (name === 'wait' && by === 'xpath') this.#look(page, String(rest[1]));
      else throw new Error(`no such command: ${name} ${by} ${target}`);
    }
    return next;
  }

  #look(page: PageSeen, words: string): void {
    if (!new RegExp(words).test(readText(page.html))) throw new Error(`not on the page: ${words}`);
    this.pictures.push(page);
  }

  async #click(
    page: PageSeen,
    id: string,
    values: Readonly<Record<string, string>>,
  ): Promise<Landing> {
    const link = new RegExp(`<a\\b[^>]*\\bid="${id}"[^>]*\\bhref="([^"]*)"`).exec(page.html)?.[1];
    if (link !== undefined) return this.#follow(new URL(unescape(link), page.url));
    if (id === 'signin') this.signIns += 1;
    return this.#settle(await this.#visitor.press(page, id, { values }));
  }

  async #follow(address: URL): Promise<Landing> {
    if (address.origin !== this.#issuer) return { kind: 'left', address };
    return this.#settle(await this.#visitor.go(address));
  }

  /**
   * What a browser does with a page without being asked: it loads the frames, and runs the one
   * script that we have.
   */
  async #settle(arrival: Arrival): Promise<Landing> {
    if (arrival.kind === 'left') return arrival;
    const { page } = arrival;
    for (const [, address = ''] of page.html.matchAll(/<iframe src="([^"]*)"/g))
      await this.#fetch(unescape(address));
    if (!page.html.includes('<script>document.forms[0].submit()</script>')) return arrival;
    const form = findForm(page.html, 'continue');
    if (form.method !== 'POST') throw new Error(`the form is sent by ${form.method}`);
    return { kind: 'left', address: new URL(form.action), posted: fillForm(form, 'continue') };
  }
}

/** A `*` in a pattern stands for anything; all else for itself. */
function matches(pattern: string, address: string): boolean {
  const escaped = pattern.split('*').map((part) => part.replace(/\W/g, String.raw`\$&`));
  return new RegExp(`^${escaped.join('.*')}$`, 's').test(address);
}

function unescape(address: string): string {
  return address.replaceAll('&amp;', '&');
}

function addressOf(landing: Landing): string {
  return landing.kind === 'page' ? landing.page.url.href : landing.address.href;
}

function textOf(landing: Landing): string {
  if (landing.kind === 'left') return 'outside';
  return findText(landing.page.html, 'main') ?? readText(landing.page.html).slice(0, 400);
}
