/**
 * Loads the key that seals secrets in the database. It comes from the environment or a file of mode
 * 0600, never from the database.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { ConfigError, type ConfigProblem } from '@keywright/core';
import { describeFileFault } from '../file-fault.ts';
import { isPostgresAddress } from '@keywright/store';
import { collect } from './problems.ts';

const keyBytes = 32;
const cure = 'Make one: openssl rand -base64 32';

function fail(path: string, message: string): never {
  throw new ConfigError([{ path, message }]);
}

/** 32 bytes as hex, or as base64 in either alphabet. Undefined for anything else. */
export function parseSealingKey(text: string): Uint8Array | undefined {
  const plain = text.trim();
  if (/^[0-9a-f]{64}$/i.test(plain)) return Buffer.from(plain, 'hex');
  return /^[A-Za-z0-9+/_-]{43}=?$/.test(plain) ? Buffer.from(plain, 'base64') : undefined;
}

export interface SealingKeyPlace {
  readonly sealingKey?: string | undefined;
  readonly sealingKeyFile?: string | undefined;
  /** The former key or the next one. It opens what it sealed, and seals nothing. */
  readonly otherSealingKey?: string | undefined;
  readonly otherSealingKeyFile?: string | undefined;
  readonly database: string;
}

export interface SealingKeys {
  /** Seals, and opens what it sealed. */
  readonly current: Uint8Array;
  /** They open what they sealed. */
  readonly others: readonly Uint8Array[];
}

/** Returns the problems that loading the keys would report. Creates no file. */
export function findSealingKeyProblems(place: SealingKeyPlace): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const { sealingKey: key, sealingKeyFile: file, database } = place;
  const isMade = key === undefined && file !== undefined && !existsSync(file);
  const current = collect(problems, () =>
    isMade ? assertNewFile(file, database) : loadSealingKey(place),
  );
  collect(problems, () => loadOtherKey(place, current));
  return problems;
}

/** Throws ConfigError. */
export function loadSealingKeys(place: SealingKeyPlace): SealingKeys {
  const current = loadSealingKey(place);
  const other = loadOtherKey(place, current);
  return { current, others: other === undefined ? [] : [other] };
}

function loadOtherKey(
  place: SealingKeyPlace,
  current: Uint8Array | undefined,
): Uint8Array | undefined {
  const other = readOtherKey(place);
  if (other !== undefined && current !== undefined && Buffer.compare(current, other) === 0)
    return fail(
      'other_sealing_key',
      'is the same as the sealing key: give the former key, the next key, or none',
    );
  return other;
}

function readOtherKey(place: SealingKeyPlace): Uint8Array | undefined {
  const { otherSealingKey: key, otherSealingKeyFile: file } = place;
  if (key !== undefined && file !== undefined)
    return fail(
      'other_sealing_key',
      'is set together with other_sealing_key_file: give only one of them',
    );
  if (file !== undefined) return readFile('other_sealing_key_file', file);
  if (key === undefined) return undefined;
  return (
    parseSealingKey(key) ??
    fail('other_sealing_key', `must be ${keyBytes} bytes in base64 or hex. ${cure}`)
  );
}

/**
 * Reads the key. The very first start creates its file. If the database exists already and the file
 * does not, this is a fault, because a new key could not open what the old one sealed. Throws
 * ConfigError.
 */
export function loadSealingKey({
  sealingKey,
  sealingKeyFile,
  database,
}: SealingKeyPlace): Uint8Array {
  if (sealingKey !== undefined && sealingKeyFile !== undefined) {
    return fail('sealing_key', 'is set together with sealing_key_file: give only one of them');
  }
  if (sealingKey !== undefined) {
    return (
      parseSealingKey(sealingKey) ??
      fail('sealing_key', `must be ${keyBytes} bytes in base64 or hex. ${cure}`)
    );
  }
  if (sealingKeyFile === undefined)
    return fail('sealing_key', `or sealing_key_file is required. ${cure}`);
  if (!existsSync(sealingKeyFile)) {
    assertNewFile(sealingKeyFile, database);
    makeFile(sealingKeyFile);
  }
  return readFile('sealing_key_file', sealingKeyFile);
}

function assertNewFile(file: string, database: string): undefined {
  // The database may have sealed secrets already, and other nodes need the same key.
  if (isPostgresAddress(database))
    fail(
      'sealing_key_file',
      `${file} does not exist. It is not created with PostgreSQL, because all nodes need the same key. ${cure}`,
    );
  if (existsSync(database))
    fail(
      'sealing_key_file',
      `${file} does not exist, but the database that it sealed exists: restore the file`,
    );
}

function makeFile(file: string): void {
  try {
    writeFileSync(file, `${randomBytes(keyBytes).toString('base64')}\n`, {
      mode: 0o600,
      flag: 'wx',
    });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Another process created it at the same time. Its key is used.
    if (code !== 'EEXIST')
      fail('sealing_key_file', `${file} ${describeFileFault(error, 'written')}`);
  }
}

function readFile(setting: string, file: string): Uint8Array {
  try {
    const mode = statSync(file).mode & 0o777;
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      fail(
        setting,
        `${file} can be read by others (mode ${mode.toString(8)}). Run: chmod 600 ${file}`,
      );
    }
    return (
      parseSealingKey(readFileSync(file, 'utf8')) ??
      fail(setting, `${file} must contain ${keyBytes} bytes in base64 or hex`)
    );
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    return fail(setting, `${file} ${describeFileFault(error, 'read')}`);
  }
}
