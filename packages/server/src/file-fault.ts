/** Says why a file cannot be used, for the user who named it. */

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'the file or folder does not exist',
  EACCES: 'this user has no permission',
  EPERM: 'this user has no permission',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is a file',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
};

/** Follows the name of the file: `cannot be read (EISDIR): it is a folder`. */
export function describeFileFault(error: unknown, done: 'read' | 'written'): string {
  const { code = 'unknown error' } = error as NodeJS.ErrnoException;
  const reason = reasons[code];
  return `cannot be ${done} (${code})${reason === undefined ? '' : `: ${reason}`}`;
}
