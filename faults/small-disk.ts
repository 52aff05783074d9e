/** A disk that can be filled fast: a file system in memory, if the user may mount one. */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface SmallDisk {
  readonly folder: string;
  /** Uses all free space, also space that becomes free, until `free`. */
  fill(): void;
  free(): void;
  /** Throws while a file on it is open for writing. */
  setReadOnly(on: boolean): void;
  remove(): void;
}

export function canMount(): boolean {
  const disk = mount(1);
  disk?.remove();
  return disk !== undefined;
}

/** Throws if nothing may be mounted. */
export function makeSmallDisk(megabytes: number): SmallDisk {
  const disk = mount(megabytes);
  if (disk === undefined) throw new Error('A file system cannot be mounted here.');
  return disk;
}

function mount(megabytes: number): SmallDisk | undefined {
  const folder = mkdtempSync(path.join(tmpdir(), 'keywright-disk-'));
  const options = `size=${megabytes}m,mode=0711`;
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]).status !== 0) {
    rmdirSync(folder);
    return undefined;
  }
  const filler = path.join(folder, 'filler');
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => clearInterval(timer);
  return {
    folder,
    fill: () => {
      takeRoom(filler);
      timer = setInterval(takeRoom, 50, filler);
    },
    free: () => {
      stop();
      rmSync(filler);
    },
    setReadOnly: (on) => {
      const { status, stderr } = spawnSync('mount', ['-o', `remount,${on ? 'ro' : 'rw'}`, folder]);
      if (status !== 0) throw new Error(stderr.toString());
    },
    remove: () => {
      stop();
      spawnSync('umount', ['-l', folder]);
      rmdirSync(folder);
    },
  };
}

function takeRoom(file: string): void {
  const handle = openSync(file, 'a');
  for (const size of [1024 * 1024, 4096, 1]) while (append(handle, size));
  closeSync(handle);
}

/** False when the disk is full. */
function append(handle: number, bytes: number): boolean {
  try {
    return writeSync(handle, Buffer.alloc(bytes)) === bytes;
  } catch {
    return false;
  }
}
