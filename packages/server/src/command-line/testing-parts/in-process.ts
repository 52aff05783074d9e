/**
 * A command in this process: with its own streams, folder and exit, and without the second that a
 * process takes to start.
 */
import { Readable, Writable } from 'node:stream';
import { runCommandLine } from '../program.ts';

export interface Ended {
  readonly out: string;
  readonly err: string;
  readonly code: number | null;
}

let last: Promise<unknown> = Promise.resolve();

/** One after the other: a process has one folder and one standard output. */
export function runInProcess(args: readonly string[], stdin: string, cwd: string): Promise<Ended> {
  const run = last.then(() => runAlone(args, stdin, cwd));
  last = run.catch(() => undefined);
  return run;
}

async function runAlone(args: readonly string[], stdin: string, cwd: string): Promise<Ended> {
  const written = { out: '', err: '' };
  let exited: number | undefined;
  const collect = (name: keyof typeof written) =>
    new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        // A process that has ended says no more.
        if (exited === undefined) written[name] += chunk.toString();
        done();
      },
    });
  const codeOf = (code: number | string = process.exitCode ?? 0) => Number(code);
  const exit = (code?: number | string) => {
    exited ??= codeOf(code);
    throw new Error('the process has ended');
  };
  const input = Readable.from([Buffer.from(stdin)], { objectMode: false });
  const former = { cwd: process.cwd(), code: process.exitCode };
  const putBack = replace({ stdout: collect('out'), stderr: collect('err'), stdin: input, exit });
  process.chdir(cwd);
  process.exitCode = undefined;
  try {
    await runCommandLine(args);
    return { ...written, code: exited ?? codeOf() };
  } finally {
    putBack();
    process.chdir(former.cwd);
    process.exitCode = former.code;
  }
}

/** Members of the process, until what it answers is called. */
function replace(members: Readonly<Record<string, unknown>>): () => void {
  const former = Object.keys(members).map(
    (name) => [name, Object.getOwnPropertyDescriptor(process, name)] as const,
  );
  for (const [name, value] of Object.entries(members))
    Object.defineProperty(process, name, { value, configurable: true, writable: true });
  return () => {
    for (const [name, descriptor] of former)
      if (descriptor !== undefined) Object.defineProperty(process, name, descriptor);
  };
}
