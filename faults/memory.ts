/** The memory of a process, as the kernel reports it (proc(5)). Only on Linux. */
import { readdirSync, readFileSync } from 'node:fs';

export function residentMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kilobytes === undefined)
    throw new Error(`The kernel does not tell the memory of process ${pid}.`);
  return Number(kilobytes) / 1024;
}

export function countThreads(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).length;
}

export interface Watched {
  readonly megabytes: number;
  readonly threads: number;
}

/** Looks ten times a second, and returns the largest values when it is stopped. */
export function watchProcess(pid: number): () => Watched {
  const look = (): Watched => ({ megabytes: residentMegabytes(pid), threads: countThreads(pid) });
  let most = look();
  const timer = setInterval(() => {
    const now = look();
    most = {
      megabytes: Math.max(most.megabytes, now.megabytes),
      threads: Math.max(most.threads, now.threads),
    };
  }, 100);
  return () => {
    clearInterval(timer);
    return most;
  };
}
