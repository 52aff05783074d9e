/** `keywright audit list|export|verify`. */
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { accountMark, type AuditEntry, type AuditFilter, type Vault } from '@keywright/core';
import { createVault } from '@keywright/jwt';
import { AuditFileError, readAuditFile, writeAudit } from '../audit/export.ts';
import { readStoredAudit } from '../audit/stored.ts';
import type { Fault, Verified } from '../audit/verified.ts';
import { verifyAudit } from '../audit/verification.ts';
import type { Link } from '../audit/chain.ts';
import { loadSealingKeys, type SealingKeyPlace } from '../configuration/sealing-key.ts';
import { findAccount } from '../declarations.ts';
import {
  type CommandContext,
  type GlobalOptions,
  readConfiguration,
  withStore,
} from './context.ts';
import { parseDuration } from './duration.ts';
import { CommandError, print, printJson, renderTable, warn } from './output.ts';

export interface ListAuditOptions {
  readonly since?: string;
  readonly until?: string;
  readonly type?: string;
  readonly account?: string;
  readonly client?: string;
  readonly limit: string;
  readonly json?: boolean;
}

/** Parses a date, a time, or a span before now. Returns milliseconds. */
function parseTime(text: string, flag: string): number {
  if (/^\d+[smhd]$/.test(text)) return Date.now() - parseDuration(text, flag) * 1000;
  const isDate = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/.test(text);
  const time = isDate ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time))
    throw new CommandError(
      `${flag} must be a date or a time such as 2026-11-24 or 2026-11-24T18:00:00Z, or a span such as 24h.`,
    );
  return Math.max(0, time);
}

export function listAudit(options: ListAuditOptions, global: GlobalOptions): Promise<void> {
  if (!/^[1-9]\d{0,5}$/.test(options.limit))
    throw new CommandError('--limit must be a whole number, at least 1.');
  return withStore(global, async (context) => {
    const filter = await toFilter(options, context);
    const found = await loadNewest(context, filter, Number(options.limit));
    // Finds the newest events, and shows the oldest of them first.
    const entries = found.toReversed();
    if (options.json === true) return printJson(entries.map(renderEntry));
    if (entries.length === 0) return print('No events.');
    return print(renderTable(['TIME', 'EVENT', 'DETAILS'], entries.map(toRow)));
  });
}

async function toFilter(options: ListAuditOptions, context: CommandContext): Promise<AuditFilter> {
  const { since, until, type, account, client } = options;
  return {
    ...(since === undefined ? {} : { since: parseTime(since, '--since') }),
    ...(until === undefined ? {} : { until: parseTime(until, '--until') }),
    ...(type === undefined ? {} : { type }),
    ...(client === undefined ? {} : { clientId: client }),
    ...(account === undefined ? {} : { accounts: await namesOf(account, context) }),
  };
}

/**
 * Events about an account have its id, or the digest of its address. The event of a wrong password
 * has no account.
 */
async function namesOf(
  idOrEmail: string,
  { store, vault }: CommandContext,
): Promise<readonly string[]> {
  const account = (await store.accounts.load(idOrEmail)) ?? (await findAccount(store, idOrEmail));
  if (account === undefined) return [idOrEmail];
  return [account.id, accountMark({ vault }, account.emailKey)];
}

async function loadNewest({ store }: CommandContext, filter: AuditFilter, limit: number) {
  const entries: AuditEntry[] = [];
  let after: string | undefined;
  do {
    const wanted = Math.min(limit - entries.length, 1000);
    const page = await store.audit.list(filter, {
      limit: wanted,
      ...(after === undefined ? {} : { after }),
    });
    entries.push(...page.items);
    after = page.next;
  } while (after !== undefined && entries.length < limit);
  return entries;
}

function renderEntry({ chain, position, at, type, body }: AuditEntry) {
  return {
    at: new Date(at).toISOString(),
    type,
    ...(JSON.parse(body) as Record<string, unknown>),
    entry: `${chain}:${position}`,
  };
}

function toRow({ at, type, body }: AuditEntry): readonly string[] {
  const details = Object.entries(JSON.parse(body) as Record<string, unknown>).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  // Other people may have chosen a part of it, so control characters are removed.
  return [new Date(at).toISOString(), type, details.join(' ').replace(/\p{C}/gu, ' ')];
}

export function exportAudit(
  file: string | undefined,
  { since }: { readonly since?: string },
  global: GlobalOptions,
): Promise<void> {
  const from = since === undefined ? undefined : parseTime(since, '--since');
  return withStore(global, async ({ configuration, store, vault, events }) => {
    const { issuer } = configuration.options;
    const out = file === undefined ? process.stdout : await createFile(file);
    const write = async (line: string): Promise<void> => {
      if (!out.write(line)) await once(out, 'drain');
    };
    const entries = await writeAudit(
      readStoredAudit(store.audit, from),
      vault,
      { issuer, nowMs: Date.now() },
      write,
    );
    if (file !== undefined) {
      out.end();
      await finished(out);
      warn(`${entries} entries are in ${file}.`);
    }
    events.emit({ type: 'audit.exported', since: from, entries });
  });
}

/** Only the owner can read the file. An existing file is never overwritten. */
async function createFile(file: string): Promise<WriteStream> {
  const out = createWriteStream(file, { mode: 0o600, flags: 'wx' });
  try {
    await once(out, 'open');
  } catch (error) {
    const reason =
      (error as NodeJS.ErrnoException).code === 'EEXIST' ? 'exists already' : 'cannot be written';
    throw new CommandError(`${file} ${reason}: name another.`);
  }
  return out;
}

export interface VerifyAuditOptions {
  readonly withoutKey?: boolean;
  readonly against?: string;
  readonly head?: readonly string[];
  readonly json?: boolean;
}

/** Ends with 1 if the audit was changed. */
export async function verifyStoredAudit(
  file: string | undefined,
  options: VerifyAuditOptions,
  global: GlobalOptions,
): Promise<void> {
  try {
    report(await verify(file, options, global), options);
  } catch (error) {
    if (!(error instanceof AuditFileError)) throw error;
    throw new CommandError(error.message);
  }
}

async function verify(
  file: string | undefined,
  options: VerifyAuditOptions,
  global: GlobalOptions,
): Promise<Verified> {
  if (file === undefined) {
    if (options.withoutKey === true)
      throw new CommandError('--without-key needs an exported file.');
    return withStore(global, async ({ store, vault }) => {
      const source = readStoredAudit(store.audit);
      const verifying = {
        signer: vault,
        known: await readKnown(options, vault),
        nowMs: Date.now(),
      };
      const first = await verifyAudit(source, verifying);
      // Events that were pruned during the reading look as if they were missing. The second reading
      // reports only real gaps.
      return first.faults.length === 0 ? first : verifyAudit(source, verifying);
    });
  }
  const signer =
    options.withoutKey === true ? undefined : openSigner(await readConfiguration(global));
  const source = await readAuditFile(file, signer);
  return verifyAudit(source, {
    signer,
    known: await readKnown(options, signer),
    nowMs: source.exportedAt,
  });
}

/**
 * If a replaced key signed the file, that key is needed as `other_sealing_key`, because no database
 * is read.
 */
function openSigner(configuration: SealingKeyPlace): Vault {
  const { current, others } = loadSealingKeys(configuration);
  return createVault(current, others);
}

/** An earlier export that this key did not sign proves nothing, so it is refused. */
async function readKnown(
  { against, head = [] }: VerifyAuditOptions,
  signer: Vault | undefined,
): Promise<readonly Link[]> {
  const known: Link[] = head.map(parseHead);
  if (against === undefined) return known;
  for await (const { chain, position, hash, signedAt } of (
    await readAuditFile(against, signer)
  ).heads())
    known.push({ chain, position, hash, signedAt });
  return known;
}

/** The form in the log: chain:position:hash. */
function parseHead(text: string): Link {
  const [, chain, position, hash] = /^([\w-]{22}):(\d{1,15}):([\w-]{43})$/.exec(text) ?? [];
  if (chain === undefined || hash === undefined)
    throw new CommandError(
      '--head must be chain:position:hash, as in an audit.head line of the log.',
    );
  return { chain, position: Number(position), hash, signedAt: Date.now() };
}

function report(verified: Verified, { json, withoutKey }: VerifyAuditOptions): void {
  const { faults } = verified;
  if (faults.length > 0) process.exitCode = 1;
  if (json === true) return printJson({ ok: faults.length === 0, ...verified });
  for (const fault of faults) print(describe(fault));
  if (faults.length > 0) return print('The audit was changed.');
  print(`${verified.entries} entries in ${verified.chains} chains are complete and in order.`);
  if (withoutKey === true)
    print('Only hashes and order were checked. This does not prove who wrote the file.');
  for (const { chain, at } of verified.roots)
    print(`It begins at ${new Date(at).toISOString()} with chain ${chain}.`);
  for (const { chain, position, signedAt } of verified.unclosed)
    print(
      `Chain ${chain} ends at ${position} without a close. Its process was killed after ${new Date(signedAt).toISOString()}, or somebody cut the chain there.`,
    );
  if (verified.unlinked.length > 0)
    print(`No other chain confirms these yet: ${verified.unlinked.join(', ')}.`);
}

function describe({ chain, position, what }: Fault): string {
  return `${chain}:${position}: ${what}`;
}
