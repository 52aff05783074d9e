/**
 * A share of a core. Where there are two cores for the load generator, the database and all nodes,
 * whether two nodes do twice as much as one can only be seen when each is given a part of a core.
 * By a control group (version 1 or 2), which takes root.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const periodMicroseconds = 20_000;
const version1 = '/sys/fs/cgroup/cpu';
const version2 = '/sys/fs/cgroup';

export const canLimitShare = existsSync(path.join(version1, 'cgroup.procs')) || hasVersion2();

function hasVersion2(): boolean {
  const controllers = path.join(version2, 'cgroup.controllers');
  return existsSync(controllers) && readFileSync(controllers, 'latin1').split(/\s/).includes('cpu');
}

/**
 * Holds the process, and what it starts, to the share. Throws the system's error where that is not
 * allowed.
 */
export function limitShare(pid: number, share: number): void {
  const quota = Math.round(share * periodMicroseconds);
  const parent = hasVersion2() ? version2 : version1;
  const group = path.join(parent, `keywright-bench-${pid}`);
  mkdirSync(group);
  if (hasVersion2()) writeFileSync(path.join(group, 'cpu.max'), `${quota} ${periodMicroseconds}`);
  else {
    writeFileSync(path.join(group, 'cpu.cfs_period_us'), String(periodMicroseconds));
    writeFileSync(path.join(group, 'cpu.cfs_quota_us'), String(quota));
  }
  for (const each of familyOf(pid)) writeFileSync(path.join(group, 'cgroup.procs'), String(each));
}

function familyOf(pid: number): readonly number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1')
      .split(' ')
      .filter(Boolean)
      .map(Number),
  );
  return [pid, ...children.flatMap(familyOf)];
}
