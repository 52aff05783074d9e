/** How much processor time processes have used, to tell who was the bottleneck. */
import { readdirSync, readFileSync } from 'node:fs';

/**
 * Linux counts in hundredths of a second for every program, whatever the kernel was built with
 * (proc(5), USER_HZ).
 */
const ticksPerSecond = 100;

/**
 * User and system time of processes with all their threads and children, in seconds; undefined
 * where there is no /proc. The time of children that have ended is their parents'.
 */
export function processorSeconds(pids: readonly number[]): number | undefined {
  try {
    return pids.reduce((sum, pid) => sum + ownTicks(pid), 0) / ticksPerSecond;
  } catch {
    return undefined;
  }
}

function ownTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The name in parentheses may hold spaces; the fields after it do not.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const own = fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0);
  return childrenOf(pid).reduce((sum, child) => sum + ownTicks(child), own);
}

function childrenOf(pid: number): readonly number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1')
      .split(' ')
      .filter(Boolean)
      .map(Number),
  );
}

export function ownProcessorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
