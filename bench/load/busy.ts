/** How much processor time processes have used, to tell who was the bottleneck. */
import { readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second for every program, whatever the kernel was built with (proc(5), USER_HZ). */
const ticksPerSecond = 100;

/** User and system time of a process with all its threads, in seconds; undefined where there is no /proc. */
export function processorSeconds(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in parentheses may hold spaces; the fields after it do not.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  } catch {
    return undefined;
  }
}

export function ownProcessorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
