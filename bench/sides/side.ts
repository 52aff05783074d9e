/** A server that is measured, in a process of its own on the server's core. */
import type { ChildProcess } from 'node:child_process';
import { stop } from './process.ts';

export type SideName =
  | 'keywright'
  | 'keywright-memory'
  | 'keywright-postgres'
  | 'before'
  | 'empty'
  | 'filled'
  | 'one-node'
  | 'two-nodes'
  | 'one-worker'
  | 'two-workers'
  | 'peer'
  | 'peer-postgres'
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
  /** Of every node, the first one's among them: connections are dealt out to them in turn. */
  readonly ports: readonly number[];
  readonly issuer: string;
  /** Each with all its children. */
  readonly pids: readonly number[];
  /** The database server, where it is a process of its own: with all its children. */
  readonly databasePid?: number;
  stop(): Promise<void>;
}

export interface Node {
  readonly child: ChildProcess;
  readonly port: number;
}

export function sideOf(
  name: SideName,
  nodes: readonly Node[],
  clean?: () => Promise<void>,
  databasePid?: number,
): Side {
  const ports = nodes.map(({ port }) => port);
  const [port = 0] = ports;
  return {
    name,
    port,
    ports,
    issuer: `http://127.0.0.1:${port}`,
    pids: nodes.map(({ child }) => child.pid ?? 0),
    ...(databasePid === undefined ? {} : { databasePid }),
    stop: async () => {
      await Promise.all(nodes.map(({ child }) => stop(child)));
      await clean?.();
    },
  };
}
