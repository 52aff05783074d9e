/**
 * Server and load on one core each, so that they do not slow down each other. If this is not
 * possible, both continue as they are.
 */
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

const canPin = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0;

/** The process with all its threads; those that it starts later stay there, too. */
export function keepOnCore(pid: number | undefined, core: 0 | 1): void {
  if (canPin && pid !== undefined)
    spawnSync('taskset', ['-a', '-p', '-c', String(core), String(pid)]);
}
