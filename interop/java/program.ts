/**
 * The programs of this folder. Maven builds them once. Then they run as processes that print a line
 * of JSON for each step.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { findText } from '../html-form.ts';
import { collectOutput } from '../process.ts';
import { Visitor } from '../visitor.ts';
import { ada } from './configuration.ts';

const folder = import.meta.dirname;
/**
 * Maven takes more time than anything else here, the first time: it fetches some eighty libraries.
 */
export const buildSeconds = 900;

export async function build(): Promise<void> {
  // Libraries of another version would stay beside the new ones.
  rmSync(path.join(folder, 'target'), { recursive: true, force: true });
  const goals = ['--batch-mode', '--quiet', 'compile', 'dependency:copy-dependencies'];
  const child = spawn('mvn', goals, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = collectOutput(child);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`mvn: ${output()}`);
}

export function start(name: string, args: readonly string[]): ChildProcess {
  const classes = `target/classes${path.delimiter}target/dependency/*`;
  // Started once and for a minute: nothing is gained by the second compiler.
  return spawn(
    'java',
    ['-XX:TieredStopAtLevel=1', '-cp', classes, `keywright.interop.${name}`, ...args],
    {
      cwd: folder,
    },
  );
}

interface Line {
  readonly flow?: string;
  readonly fault?: string;
  readonly ask?: string;
  readonly about?: string;
}

/**
 * The successful steps, by name, and the failed ones, with the reason. Does what the program
 * requests of the user.
 */
export async function run(
  name: string,
  given: object,
  issuer: string,
  at: string,
): Promise<Map<string, string>> {
  const file = path.join(at, `${name}.json`);
  writeFileSync(file, JSON.stringify(given), { mode: 0o600 });
  const child = start(name, [file]);
  const output = collectOutput(child);
  const outcomes = new Map<string, string>();
  const visitor = new Visitor(issuer);
  for await (const text of createInterface({ input: child.stdout! })) {
    if (!text.startsWith('{')) continue;
    const { flow, fault, ask, about = '' } = JSON.parse(text) as Line;
    if (flow !== undefined) outcomes.set(flow, fault ?? 'done');
    if (ask === undefined) continue;
    const answer = await act(visitor, issuer, ask, about).catch(String);
    child.stdin!.write(`${answer}\n`);
  }
  if (outcomes.size === 0) throw new Error(`${name} did nothing: ${output()}`);
  return outcomes;
}

async function act(visitor: Visitor, issuer: string, ask: string, about: string): Promise<string> {
  switch (ask) {
    case 'authorize':
      return (await visitor.authorize(new URL(about), ada)).href;
    case 'leave': {
      const arrival = await visitor.go(about);
      return arrival.kind === 'left' ? arrival.address.href : arrival.page.url.href;
    }
    case 'device':
      return answerDevice(visitor, about);
    default:
      return answerWaiting(visitor, issuer, about);
  }
}

async function answerDevice(visitor: Visitor, address: string): Promise<string> {
  const confirmation = await visitor.press(await visitor.settle(address, ada), 'continue');
  if (confirmation.kind === 'left') throw new Error(`left for ${confirmation.address.href}`);
  const done = await visitor.press(confirmation.page, 'allow');
  return done.kind === 'left' ? done.address.href : done.page.url.href;
}

async function answerWaiting(visitor: Visitor, issuer: string, binding: string): Promise<string> {
  const page = await visitor.settle(`${issuer}/account`, ada);
  const place =
    page.html.split('class="connection asking"').findIndex((part) => part.includes(binding)) - 1;
  const done = await visitor.press(page, `request-${place}-allow`);
  if (done.kind === 'left' || findText(done.page.html, 'answered') === undefined)
    throw new Error('the answer was not taken');
  return done.page.url.href;
}
