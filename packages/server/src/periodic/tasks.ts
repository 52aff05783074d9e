/** What the server does again and again, once for all nodes. */
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
  /** With 0 keys are not rotated by themselves. */
  readonly rotateKeysDays: number;
  readonly pruneAudit: () => Promise<void>;
  /** Sends what waits for clients; absent where nothing can be sent. */
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
      // In small batches, so that requests get in between, until nothing dead is left.
      async run(keep) {
        while ((await store.prune(clock.nowSeconds(), pruneLimit)) >= pruneLimit && (await keep()));
      },
    },
    { name: 'prune-audit', everySeconds: 60, run: pruneAudit },
    ...(deliver === undefined ? [] : [{ name: 'deliver', everySeconds: 5, run: deliver }]),
  ];
  if (rotateKeysDays === 0) return tasks;
  const rotate = async (): Promise<void> => {
    // When a key ends is said by this clock: not by one that keeps its node from being ready.
    await store.probe();
    await rotateOldKeys(parts, rotateKeysDays * daySeconds);
  };
  return [...tasks, { name: 'rotate-keys', everySeconds: 3600, run: rotate }];
}
