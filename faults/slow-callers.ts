/** Callers that use as much as they can, in their own process: slow-callers-process.ts. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { root } from '../interop/process.ts';
import { keepOnCore } from './cores.ts';

export type SlowKind =
  | 'idle connections'
  | 'slow heads'
  | 'slow bodies'
  | 'bodies in crumbs'
  | 'slow readers'
  | 'half-closed connections';

export interface SlowPlan {
  readonly port: number;
  readonly seconds: number;
  /** How many of each. */
  readonly callers: Readonly<Record<SlowKind, number>>;
}

export interface SlowResult {
  readonly kind: SlowKind;
  readonly count: number;
  /** Closed by the server. The others of `count` are still open, or were never accepted. */
  readonly cutOff: number;
  readonly left: number;
  readonly longestSeconds: number;
}

export async function holdSlowly(plan: SlowPlan): Promise<readonly SlowResult[]> {
  const child = spawn(process.execPath, [path.join(root, 'faults/slow-callers-process.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  // With lower priority than the measured ones, if they must share a core.
  keepOnCore(child.pid, 1);
  setPriority(child.pid ?? 0, constants.priority.PRIORITY_BELOW_NORMAL);
  child.stdin.end(JSON.stringify(plan));
  const [answer] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  return JSON.parse(answer) as readonly SlowResult[];
}
