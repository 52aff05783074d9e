/**
 * Those who ask as always while others misbehave. They have a process of their own,
 * others-process.ts, which is there before the trouble begins: in one process with whoever makes
 * it, they would wait for its turns, and their times would tell of it and not of the server.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { root } from '../interop/process.ts';
import type { Place } from './actors.ts';
import { keepOnCore } from './cores.ts';
import type { LoadPlan, LoadResult } from './load.ts';

export type OthersPlan = Required<Pick<LoadPlan, 'perSecond' | 'seconds'>>;

export interface Others {
  /** Client credentials. */
  ask(plan: OthersPlan): Promise<LoadResult>;
  stop(): void;
}

export async function startOthers({ address }: Place): Promise<Others> {
  const child = fork(path.join(root, 'faults/others-process.ts'), [address]);
  keepOnCore(child.pid, 1);
  const answer = async (): Promise<unknown> => {
    const [message] = (await once(child, 'message')) as [unknown];
    return message;
  };
  await answer();
  return {
    ask(plan) {
      child.send(plan);
      return answer() as Promise<LoadResult>;
    },
    stop: () => void child.kill(),
  };
}
