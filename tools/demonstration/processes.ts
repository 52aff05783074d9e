/**
 * Starts the processes of the demonstration with a log each, waits for them, and stops them
 * together.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { DemonstrationError } from './settings.ts';

export interface Part {
  /** As it stands in sentences: "The platform API". */
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly log: string;
  /** Whether it does its work. May throw: that means no. */
  isHealthy(): Promise<boolean>;
}

/** A start takes a second or two; on a busy machine it took more than thirty. */
const healthyWithinMilliseconds = 100_000;
const killAfterMilliseconds = 10_000;
const askEveryMilliseconds = 50;

/** Settings of the demonstration and of npm are not passed on to its processes. */
function inheritedEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env).filter(([name]) => !/^(KEYWRIGHT_|npm_)/i.test(name));
  return Object.fromEntries(entries) as Record<string, string>;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function describeEnd(part: Part, child: ChildProcess): string {
  const how = child.signalCode === null ? `with code ${child.exitCode}` : `by ${child.signalCode}`;
  const last = readFileSync(part.log, 'utf8').trimEnd().split('\n').slice(-5);
  return [
    `${part.name} has ended ${how}. The end of its log, ${part.log}:`,
    ...last.map((line) => `  ${line}`),
  ].join('\n');
}

export interface Processes {
  /** Resolves when the process works. Throws DemonstrationError if it ends or takes too long. */
  start(part: Part): Promise<void>;
  /** Rejects when any part ends before it was told to. */
  readonly broken: Promise<never>;
  /**
   * Sends SIGTERM to all processes, and SIGKILL after ten seconds. Returns the same promise each
   * time.
   */
  stop(): Promise<void>;
}

export function createProcesses(): Processes {
  const children: ChildProcess[] = [];
  let stopped: Promise<void> | undefined;
  const { promise: broken, reject: breakAll } = Promise.withResolvers<never>();
  // A caller that waits gets the rejection. Without a caller it is not an unhandled rejection.
  broken.catch(() => undefined);

  const launch = (part: Part): ChildProcess => {
    if (stopped !== undefined)
      throw new DemonstrationError('Stopped before everything had started.');
    const log = openSync(part.log, 'a', 0o600);
    const env = { ...inheritedEnvironment(), ...part.env };
    const child = spawn(process.execPath, part.args, { stdio: ['ignore', log, log], env });
    closeSync(log);
    children.push(child);
    child.once('exit', () => {
      if (stopped === undefined) breakAll(new DemonstrationError(describeEnd(part, child)));
    });
    return child;
  };

  return {
    broken,
    start: async (part) => {
      const child = launch(part);
      await Promise.race([waitUntilHealthy(part, child), broken]);
    },
    stop: () => {
      stopped ??= Promise.all(children.map(stopChild)).then(() => undefined);
      return stopped;
    },
  };
}

async function waitUntilHealthy(part: Part, child: ChildProcess): Promise<void> {
  const end = Date.now() + healthyWithinMilliseconds;
  while (!hasEnded(child)) {
    if (await part.isHealthy().catch(() => false)) return;
    if (Date.now() > end)
      throw new DemonstrationError(`${part.name} does not answer. Its log is ${part.log}`);
    await wait(askEveryMilliseconds);
  }
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), killAfterMilliseconds);
  await exit;
  clearTimeout(kill);
}
