/** A server that is measured, in a process of its own on the server's core. */
import type { ChildProcess } from 'node:child_process';
import { stop } from './process.ts';

export type SideName =
  | 'keywright'
  | 'peer'
  | 'floor'
  | 'bare'
  | 'guarded'
  | 'verifying'
  | 'express-bare'
  | 'express-guarded'
  | 'express-peer'
  | 'fastify-bare'
  | 'fastify-guarded'
  | 'fastify-peer';

export interface Side {
  readonly name: SideName;
  readonly port: number;
  readonly issuer: string;
  readonly pid: number;
  stop(): Promise<void>;
}

export function sideOf(name: SideName, child: ChildProcess, port: number, clean?: () => Promise<void>): Side {
  return {
    name,
    port,
    issuer: `http://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    stop: async () => {
      await stop(child);
      await clean?.();
    },
  };
}
