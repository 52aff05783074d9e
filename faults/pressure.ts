/**
 * More load than a node can process, from its own process: raw connections, so that sending is
 * cheap, and a mix of refreshes, client credentials and code exchanges. This file has its plan and
 * its results. The process is pressure-process.ts.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { root } from '../interop/process.ts';
import { keepOnCore } from './cores.ts';

export interface Phase {
  readonly name: string;
  readonly seconds: number;
  readonly connections: number;
  /**
   * Open loop: this number is due a second, whether or not earlier ones were answered. Without it,
   * each connection asks again at once.
   */
  readonly perSecond?: number;
  /** Instead of `perSecond`: a multiple of the result of the phase `peak`. */
  readonly timesPeak?: number;
}

export interface PressurePlan {
  readonly port: number;
  readonly phases: readonly Phase[];
  readonly refreshTokens: readonly string[];
  /** `Cookie` of signed-in users. */
  readonly cookies: readonly string[];
}

export interface PhaseResult {
  readonly name: string;
  readonly seconds: number;
  readonly due: number;
  readonly sent: number;
  /** Successful answers: tokens, or the redirect with a code. */
  readonly good: number;
  readonly goodPerSecond: number;
  /** 503 and 429. */
  readonly refused: number;
  /** Other statuses, and lost connections. */
  readonly other: Readonly<Record<string, number>>;
  readonly goodP50: number;
  readonly goodP99: number;
  /** The waits of callers that ask again at once. */
  readonly refusedP50: number;
  readonly refusedP99: number;
  /**
   * For each second, the number of refusals, and the 99th percentile of the successful answers.
   */
  readonly bySecond: readonly {
    readonly good: number;
    readonly refused: number;
    readonly p99: number;
  }[];
  /** A hundred other callers, which wait a second after each answer. */
  readonly patient: {
    readonly good: number;
    readonly refused: number;
    /** Including lost connections. */
    readonly other: number;
    readonly refusedP50: number;
    readonly refusedP99: number;
  };
  /** Liveness, readiness and the published keys, requested ten times a second during the load. */
  readonly probes: { readonly asked: number; readonly failed: number; readonly p99: number };
  /** The share of its core that the load itself used. */
  readonly ownBusy: number;
}

export async function press(plan: PressurePlan): Promise<readonly PhaseResult[]> {
  const child = spawn(process.execPath, [path.join(root, 'faults/pressure-process.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  keepOnCore(child.pid, 1);
  child.stdin.end(JSON.stringify(plan));
  const [answer] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  return JSON.parse(answer) as readonly PhaseResult[];
}
