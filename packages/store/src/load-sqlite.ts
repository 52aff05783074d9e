/**
 * The embedded database of Node. An older Node has none, or an older one. Then the error says which
 * Node is needed.
 */

import type * as Sqlite from 'node:sqlite';

const least = [24, 11] as const;

/** Throws an Error that names both versions if Node is too old. */
export function loadSqlite(version = process.versions.node): typeof Sqlite {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < least[0] || (major === least[0] && minor < least[1]))
    throw new Error(
      `@keywright/store needs Node ${least.join('.')} or newer, and this is Node ${version}.`,
    );
  // An import of a module that Node does not have would fail before this code can say why.
  return process.getBuiltinModule('node:sqlite');
}
