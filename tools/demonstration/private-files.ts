/** Files that only their owner may read, and that are always complete. */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

export function makePrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // The file may exist already, with another mode.
  chmodSync(folder, 0o700);
}

export function writePrivateJson(file: string, data: unknown): void {
  const unfinished = `${file}.unfinished`;
  writeFileSync(unfinished, `${JSON.stringify(data, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(unfinished, file);
}

/** Undefined when there is no such file. */
export function readJson(file: string): unknown {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}
