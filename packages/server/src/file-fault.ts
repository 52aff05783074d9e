/** Says why a file cannot be used, for the user who named it. */

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'this user may not',
  EPERM: 'this user may not',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is a file',
  EROFS: 'the disk takes no writes',
  ENOSPC: 'the disk is full',
};

/** Follows the name of the file: `cannot be read (EISDIR): it is a folder`. */
export function describeFileFault(error: unknown, done: 'read' | 'written'): string {
  const { code = 'unknown error' } = error as NodeJS.ErrnoException;
  const reason = reasons[code];
  return `cannot be ${done} (${code})${reason === undefined ? '' : `: ${reason}`}`;
}
