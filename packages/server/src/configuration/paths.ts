/** Makes the relative paths of a configuration absolute. */
import path from 'node:path';
import { isPostgresAddress } from '@keywright/store';
import * as z from 'zod';
import type { Override } from './document.ts';
import { toPolicyPlace } from './policies.ts';
import { configurationSchema, type DeclaredConfiguration } from './schema.ts';
import { toTlsPlace } from './tls.ts';

export const keySettings = z.object(
  configurationSchema.pick({
    database: true,
    sealing_key: true,
    sealing_key_file: true,
    other_sealing_key: true,
    other_sealing_key_file: true,
  }).shape,
);

type Resolve = (place: string, value: string) => string;

export function resolver(folder: string, overrides: readonly Override[]): Resolve {
  return (place, value) => {
    const overridden = overrides.some((override) => override.path.join('.') === place);
    return path.resolve(overridden ? process.cwd() : folder, value);
  };
}

type KeySettings = z.infer<typeof keySettings>;

export function resolveKeyPlace(declared: KeySettings, resolve: Resolve) {
  const { database, sealing_key: sealingKey, sealing_key_file: keyFile } = declared;
  const { other_sealing_key: otherSealingKey, other_sealing_key_file: otherFile } = declared;
  return {
    database: isFile(database) ? resolve('database', database) : database,
    sealingKey,
    sealingKeyFile: keyFile === undefined ? undefined : resolve('sealing_key_file', keyFile),
    otherSealingKey,
    otherSealingKeyFile:
      otherFile === undefined ? undefined : resolve('other_sealing_key_file', otherFile),
  };
}

/**
 * A relative path in the file starts at the folder of the file. A path from a flag or the
 * environment starts at the current folder.
 */
export function resolvePaths(
  declared: DeclaredConfiguration,
  folder: string,
  overrides: readonly Override[],
) {
  const resolve = resolver(folder, overrides);
  const { log, breached_passwords: breached } = declared;
  return {
    ...resolveKeyPlace(declared, resolve),
    breachedPasswords: {
      file:
        breached.file === undefined ? undefined : resolve('breached_passwords.file', breached.file),
      rangeUrl: breached.range_url,
    },
    policies: toPolicyPlace(declared, resolve),
    tls: toTlsPlace(declared, resolve),
    keys: {
      folder:
        declared.keys.folder === undefined
          ? undefined
          : resolve('keys.folder', declared.keys.folder),
    },
    log: {
      level: log.level,
      file: log.file === undefined ? undefined : resolve('log.file', log.file),
      requests: log.requests,
    },
  };
}

function isFile(database: string): boolean {
  return database !== ':memory:' && !isPostgresAddress(database);
}
