/** Append only: a published migration is never edited. Its checksum would differ. */
import { migrationsOfThings } from '../acts/index.ts';
import type { Migration } from '../migration.ts';
import { first } from './0001-first.ts';
import { status } from './0002-status.ts';
import { apiKeys } from './0003-api-keys.ts';
import { permissions } from './0004-permissions.ts';
import { leases } from './0005-leases.ts';
import { worksWith } from './0006-works-with.ts';
import { audit } from './0007-audit.ts';
import { protocol } from './0008-protocol.ts';

export type { Migration };

/** Since version 9, the migrations of one thing stand in the file of that thing. */
export const migrations: readonly Migration[] = [
  first,
  status,
  apiKeys,
  permissions,
  leases,
  worksWith,
  audit,
  protocol,
  ...migrationsOfThings,
].toSorted((one, other) => one.version - other.version);
