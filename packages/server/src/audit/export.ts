/**
 * The exported audit: one JSON object on each line. First a header, then the entries of each chain,
 * then the signed ends of the chains, and at the end a signed digest of all lines before. So the
 * last line shows whether the file was cut or changed.
 */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { AuditEntry, AuditHead } from '@keywright/core';
import type { Signer } from './chain.ts';
import type { AuditSource } from './verified.ts';

export const auditFormat = 'keywright-audit-1';

export interface ExportedSource extends AuditSource {
  readonly issuer: string;
  readonly exportedAt: number;
}

/** The file is not an export, was cut, or was changed. The message is for users. */
export class AuditFileError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AuditFileError';
  }
}

interface Begin {
  readonly format: string;
  readonly issuer: string;
  readonly exported_at: number;
  readonly since?: number;
}

/** Returns the number of written entries. */
export async function writeAudit(
  source: AuditSource,
  signer: Signer,
  { issuer, nowMs }: { readonly issuer: string; readonly nowMs: number },
  write: (line: string) => Promise<void> | void,
): Promise<number> {
  const digest = createHash('sha256');
  const put = async (value: object): Promise<void> => {
    const line = `${JSON.stringify(value)}\n`;
    digest.update(line);
    await write(line);
  };
  let count = 0;
  // Ends are read before the entries, so that every end is covered by entries in the file.
  const heads: AuditHead[] = [];
  for await (const head of source.heads()) heads.push(head);
  const { since } = source;
  await put({
    format: auditFormat,
    issuer,
    exported_at: nowMs,
    ...(since === undefined ? {} : { since }),
  });
  const ends = new Map(heads.map((head) => [head.chain, head]));
  let began: string | undefined;
  for await (const entry of source.entries()) {
    // The process started after the ends were read. A chain without any end is exported, and the
    // check reports it.
    if (
      !ends.has(entry.chain) &&
      began !== entry.chain &&
      (await source.loadHead(entry.chain)) !== undefined
    )
      began = entry.chain;
    if (began === entry.chain || entry.position > (ends.get(entry.chain)?.position ?? Infinity))
      continue;
    await put(entry);
    count += 1;
  }
  for (const head of heads) await put({ head });
  const sum = digest.digest('base64url');
  await write(
    `${JSON.stringify({ end: { entries: count, digest: sum, mac: signer.mac('audit-export', sum) } })}\n`,
  );
  return count;
}

/**
 * Reads the file once to check that it is complete. Its entries are read again when they are
 * needed. Throws AuditFileError.
 */
export async function readAuditFile(
  file: string,
  signer: Signer | undefined,
): Promise<ExportedSource> {
  const { begin, heads } = await checkFile(file, signer);
  const byChain = new Map(heads.map((head) => [head.chain, head]));
  return {
    issuer: begin.issuer,
    exportedAt: begin.exported_at,
    entries: () => entriesOf(file),
    heads: async function* () {
      yield* heads;
    },
    loadHead: async (chain) => byChain.get(chain),
    ...(begin.since === undefined ? {} : { since: begin.since }),
  };
}

async function checkFile(file: string, signer: Signer | undefined) {
  const digest = createHash('sha256');
  const heads: AuditHead[] = [];
  let begin: Begin | undefined;
  let end: { readonly digest: string; readonly mac: string } | undefined;
  for await (const [line, value] of linesOf(file)) {
    if (end !== undefined) throw new AuditFileError('The file continues after its end.');
    begin ??= readBegin(value);
    if ('end' in value) end = value['end'] as typeof end;
    else {
      digest.update(`${line}\n`);
      if ('head' in value) heads.push(value['head'] as AuditHead);
    }
  }
  assertEnd(end, digest, signer);
  if (begin === undefined) throw new AuditFileError('The file is empty.');
  return { begin, heads };
}

function readBegin(value: Record<string, unknown>): Begin {
  if (value['format'] !== auditFormat) throw new AuditFileError('This is not an exported audit.');
  return value as unknown as Begin;
}

function assertEnd(
  end: { readonly digest: string; readonly mac: string } | undefined,
  digest: Hash,
  signer: Signer | undefined,
): void {
  if (end === undefined) throw new AuditFileError('The file was cut: its last line is missing.');
  if (end.digest !== digest.digest('base64url'))
    throw new AuditFileError('The file was changed: its last line has another digest.');
  if (signer !== undefined && !signer.macs('audit-export', end.digest).includes(end.mac))
    throw new AuditFileError('The file is not signed with this sealing key.');
}

async function* entriesOf(file: string): AsyncIterable<AuditEntry> {
  for await (const [, value] of linesOf(file))
    if ('chain' in value) yield value as unknown as AuditEntry;
}

async function* linesOf(file: string): AsyncIterable<readonly [string, Record<string, unknown>]> {
  let number = 0;
  for await (const line of createInterface({
    input: createReadStream(file),
    crlfDelay: Infinity,
  })) {
    number += 1;
    yield [line, parseLine(line, number)];
  }
}

function parseLine(line: string, number: number): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    if (isObject(value) && isOfExport(value)) return value;
  } catch {
    // Reported below.
  }
  if (number === 1) throw new AuditFileError('This is not an exported audit.');
  throw new AuditFileError(`Line ${number} is not a JSON object of an exported audit.`);
}

/**
 * Checks the types of everything that is read before the signature is checked, because anybody may
 * have written the file.
 */
function isOfExport(value: Record<string, unknown>): boolean {
  if ('head' in value) return isObject(value['head']) && isPlace(value['head']);
  if ('end' in value) return isObject(value['end']);
  return 'format' in value || (isPlace(value) && typeof value['body'] === 'string');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isPlace({ chain, position }: Record<string, unknown>): boolean {
  return typeof chain === 'string' && Number.isSafeInteger(position);
}
