/**
 * More load than a node can take, from a process of its own: raw connections, so that it costs
 * little to send, and a mix of refreshes, client credentials and code exchanges. What it is told
 * and what it answers; the process is pressure-process.ts.
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
   * Open loop: so many are due a second, whether or not the former were answered. Without it, each
   * connection asks again at once.
   */
  readonly perSecond?: number;
  /** In place of `perSecond`: as a multiple of what the phase called `peak` reached before. */
  readonly timesPeak?: number;
}

export interface PressurePlan {
  readonly port: number;
  readonly phases: readonly Phase[];
  readonly refreshTokens: readonly string[];
  /** `Cookie` of people who are signed in. */
  readonly cookies: readonly string[];
}

export interface PhaseResult {
  readonly name: string;
  readonly seconds: number;
  readonly due: number;
  readonly sent: number;
  /** Answered as they should be: tokens, or the redirect with a code. */
  readonly good: number;
  readonly goodPerSecond: number;
  /** 503 and 429. */
  readonly refused: number;
  /** Neither: other statuses, and connections that were lost. */
  readonly other: Readonly<Record<string, number>>;
  readonly goodP50: number;
  readonly goodP99: number;
  /** To callers who ask again at once, and whose connections are left to wait for it. */
  readonly refusedP50: number;
  readonly refusedP99: number;
  /** Of each second, how many were refused, and the 99th percentile of what was good. */
  readonly bySecond: readonly {
    readonly good: number;
    readonly refused: number;
    readonly p99: number;
  }[];
  /** A hundred others beside the load, who wait a second after each answer. */
  readonly patient: {
    readonly good: number;
    readonly refused: number;
    /** Connections that were lost, too. */
    readonly other: number;
    readonly refusedP50: number;
    readonly refusedP99: number;
  };
  /** Liveness, readiness and the published keys, asked ten times a second beside the load. */
  readonly probes: { readonly asked: number; readonly failed: number; readonly p99: number };
  /** Share of its core that the load itself took. */
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
