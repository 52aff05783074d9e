/**
 * Normal callers while others misbehave. They have their own process, others-process.ts, which
 * starts before. In one process with the misbehaving callers, they would wait for its event loop,
 * and their times would not measure the server.
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
