/** `keywright` commands of an operator, about the configuration of a running demonstration. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { root } from './process.ts';

export interface Ran {
  readonly output: string;
  /** By `performance.now()`: the time of the first output, so when it was done. */
  readonly saidAt: number;
}

/** Rejects with the output if it does not end with 0. */
export async function runKeywright(
  configuration: string,
  ...args: readonly string[]
): Promise<Ran> {
  const command = path.join(root, 'packages/server/bin/keywright.cjs');
  const child = spawn(process.execPath, [command, ...args, '--config', configuration], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let saidAt = Number.POSITIVE_INFINITY;
  child.stdout.once('data', () => (saidAt = performance.now()));
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if ((await code) !== 0) throw new Error(`keywright ${args.join(' ')}: ${errors}${output}`);
  return { output, saidAt };
}
