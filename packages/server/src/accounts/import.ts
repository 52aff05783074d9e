/**
 * Accounts of another system, from a file with one JSON object in each line (NDJSON). A line with a
 * fault is reported with its number and left out. What was added before is left as it is, so the
 * same file can be imported again after an interruption.
 */
import type { Account, Random, Store } from '@keywright/core';
import * as z from 'zod';
import { accountSchema } from '../configuration/schema/account.ts';
import { findProfileProblems, makeAccount } from './accounts.ts';
import { hashForms, parseStoredHash } from './stored-hashes.ts';

/** In bytes. The claims of an account are the longest part of a line. */
const longestLine = 64 * 1024;
/** So many accounts are one transaction. */
const accountsPerAct = 1000;

/**
 * Nobody may choose the id of an account: the time for an unknown address is that of an account
 * which a random id selects (`hashOfAnother` in accounts.ts), so ids have to be spread evenly.
 */
const lineSchema = accountSchema.omit({ name: true, password: true }).extend({
  name: z.string().optional(),
  disabled: z.boolean().default(false),
  /** In seconds since 1970. A later time than now is a fault, most often milliseconds. */
  created_at: z.int().min(0).optional(),
});

export interface ImportContext {
  readonly now: number;
  readonly random: Random;
}

export interface LineFault {
  /** The first line is 1. */
  readonly line: number;
  readonly message: string;
}

export interface ImportOutcome {
  readonly added: number;
  /** Their address had an account before. */
  readonly known: number;
  readonly faults: number;
}

/**
 * Adds the account of each line that has no fault. Without a store, it only checks the lines. It
 * holds no more than `accountsPerAct` accounts at once.
 */
export async function importAccounts(
  chunks: AsyncIterable<Buffer | string>,
  store: Pick<Store, 'accounts'> | undefined,
  context: ImportContext,
  onFault: (fault: LineFault) => void,
): Promise<ImportOutcome> {
  const outcome = { added: 0, known: 0, faults: 0 };
  let waiting: Account[] = [];
  // One act is written while the next lines are read.
  let writing = Promise.resolve();
  const add = async (accounts: readonly Account[]): Promise<void> => {
    const added = (await store?.accounts.addMany(accounts)) ?? accounts;
    outcome.added += added.length;
    outcome.known += accounts.length - added.length;
  };
  for await (const { line, bytes } of readLines(chunks)) {
    const read =
      bytes === undefined ? `is longer than ${longestLine} bytes` : readLine(bytes, context);
    if (read === undefined) continue;
    if (typeof read === 'string') {
      outcome.faults += 1;
      onFault({ line, message: read });
    } else waiting.push(read);
    if (waiting.length < accountsPerAct) continue;
    await writing;
    writing = add(waiting);
    // The next `await` throws its error.
    writing.catch(() => undefined);
    waiting = [];
  }
  await writing;
  await add(waiting);
  return outcome;
}

interface Line {
  readonly line: number;
  /** Absent if the line is too long. */
  readonly bytes?: Buffer;
}

/** `node:readline` has no limit for the length of a line. */
async function* readLines(chunks: AsyncIterable<Buffer | string>): AsyncGenerator<Line> {
  let [line, rest, isTooLong] = [1, Buffer.alloc(0), false];
  const take = (bytes: Buffer): Line => {
    const found = isTooLong || bytes.length > longestLine ? { line } : { line, bytes };
    [line, isTooLong] = [line + 1, false];
    return found;
  };
  for await (const chunk of chunks) {
    let bytes = Buffer.concat([rest, Buffer.from(chunk)]);
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10)) {
      yield take(bytes.subarray(0, end));
      bytes = bytes.subarray(end + 1);
    }
    isTooLong ||= bytes.length > longestLine;
    rest = isTooLong ? Buffer.alloc(0) : bytes;
  }
  if (rest.length > 0 || isTooLong) yield take(rest);
}

/** An account, what is wrong with the line, or undefined for an empty line. */
function readLine(bytes: Buffer, context: ImportContext): Account | string | undefined {
  const text = decode(bytes);
  if (text === undefined) return 'is not UTF-8';
  if (text.trim() === '') return undefined;
  const parsed = lineSchema.safeParse(parseJson(text));
  if (!parsed.success) return parsed.error.issues.map(describeIssue).join('; ');
  const { email, email_verified, password_hash, claims, disabled, created_at } = parsed.data;
  const input = { email, name: parsed.data.name ?? email, emailVerified: email_verified, claims };
  const problems = findProfileProblems(input).map(({ path, message }) => `${path} ${message}`);
  if (password_hash !== undefined && parseStoredHash(password_hash) === undefined)
    problems.push(`password_hash must be a hash of ${hashForms}`);
  if (created_at !== undefined && created_at > context.now)
    problems.push('created_at must be in seconds since 1970, and not in the future');
  if (problems.length > 0) return problems.join('; ');
  return {
    ...makeAccount(input, password_hash ?? '', context),
    ...(disabled ? { status: 'disabled' } : {}),
    ...(created_at === undefined ? {} : { createdAt: created_at }),
  };
}

function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys')
    return `${issue.keys.join(', ')}: an account has no such member here`;
  if (issue.path.length === 0) return 'must be a JSON object';
  return `${issue.path.join('.')}: ${issue.message}`;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Without the byte order mark that some programs write first (RFC 8259 §8.1). */
function decode(bytes: Buffer): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Undefined for text that is not JSON. The schema refuses it. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
