/** Periodic tasks of the server. One node runs each task for all nodes. */
import {
  type Clock,
  type Events,
  type PrivateKeys,
  rotateOldKeys,
  type Store,
  type Vault,
} from '@keywright/core';
import type { Task } from './schedule.ts';

export interface TaskParts {
  readonly store: Store;
  readonly vault: Vault;
  readonly privateKeys?: PrivateKeys;
  readonly clock: Clock;
  readonly events: Events;
  /** With 0, keys are rotated only by command. */
  readonly rotateKeysDays: number;
  readonly pruneAudit: () => Promise<void>;
  /** Sends deliveries. Absent if nothing can be sent. */
  readonly deliver?: Task['run'];
}

const daySeconds = 86_400;
const pruneLimit = 500;

export function createTasks(parts: TaskParts): readonly Task[] {
  const { store, clock, rotateKeysDays, pruneAudit, deliver } = parts;
  const tasks: readonly Task[] = [
    {
      name: 'prune',
      everySeconds: 60,
      // In small batches, with requests in between, until no dead row is left.
      async run(keep) {
        while ((await store.prune(clock.nowSeconds(), pruneLimit)) >= pruneLimit && (await keep()));
      },
    },
    { name: 'prune-audit', everySeconds: 60, run: pruneAudit },
    ...(deliver === undefined ? [] : [{ name: 'deliver', everySeconds: 5, run: deliver }]),
  ];
  if (rotateKeysDays === 0) return tasks;
  const rotate = async (): Promise<void> => {
    // The end of a key is decided by this clock. A node whose clock is wrong is not ready and does
    // not run this.
    await store.probe();
    await rotateOldKeys(parts, rotateKeysDays * daySeconds);
  };
  return [...tasks, { name: 'rotate-keys', everySeconds: 3600, run: rotate }];
}
