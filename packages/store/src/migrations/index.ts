/** Append only: a migration that was ever published is never edited, and its checksum would tell. */
import { first } from './0001-first.ts';
import { status } from './0002-status.ts';
import { apiKeys } from './0003-api-keys.ts';
import { permissions } from './0004-permissions.ts';
import { leases } from './0005-leases.ts';
import { worksWith } from './0006-works-with.ts';
import { audit } from './0007-audit.ts';
import { protocol } from './0008-protocol.ts';
import { seals } from './0009-seals.ts';

export interface Migration {
  /** 1, 2, 3 without a gap. */
  readonly version: number;
  readonly name: string;
  readonly statements: readonly string[];
  /** The oldest version of the schema whose programs go on working beside this one; its own when it is left out. */
  readonly worksWith?: number;
}

export const migrations: readonly Migration[] = [
  first,
  status,
  apiKeys,
  permissions,
  leases,
  worksWith,
  audit,
  protocol,
  seals,
];
