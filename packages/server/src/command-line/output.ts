/**
 * The output of the command line, and its exit code. Results go to standard output, everything else
 * to standard error.
 */
import { ConfigError } from '@keywright/core';

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, undefined, 2));
}

export function warn(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** A sentence for the user of the command. Any other error is a bug. */
export class CommandError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CommandError';
  }
}

function listProblems(title: string, { problems }: ConfigError): string {
  return [title, ...problems.map(({ path, message }) => `  ${path} ${message}`)].join('\n');
}

/**
 * Runs an action whose input comes from flags. A problem of this input is not a problem of the
 * configuration.
 */
export async function refuseInput<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new CommandError(listProblems('Nothing was done. The input has problems:', error));
  }
}

const systemErrors: Readonly<Record<string, string>> = {
  EACCES: 'may not be used by this user',
  EADDRNOTAVAIL: 'is not an address of this machine',
};

/** One clear sentence for a problem that the user can solve. */
export function describeFailure(error: unknown): string {
  if (error instanceof ConfigError) return listProblems('The configuration has problems:', error);
  if (!(error instanceof Error)) return String(error);
  const { code, syscall, address, port } = error as NodeJS.ErrnoException & {
    address?: string;
    port?: number;
  };
  if (code === 'EADDRINUSE')
    return `Port ${port} is in use: stop the program that listens there, or choose another port with --port.`;
  if (syscall === 'listen' || syscall === 'bind')
    return `${address ?? 'The address'} ${systemErrors[code ?? ''] ?? `cannot be listened on (${code})`}.`;
  const expected = [
    'CommandError',
    'StoreUnavailableError',
    'SchemaError',
    'ArchiveError',
    'WorkerError',
  ].includes(error.name);
  return expected ? error.message : (error.stack ?? error.message);
}

/** Each column is as wide as its widest cell. */
export function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => (row[column] ?? '').length)),
  );
  const render = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [head, ...rows].map(render).join('\n');
}

/** Prints a list as a table, or as JSON with `--json`. */
export function printList<T>(
  items: readonly T[],
  json: boolean,
  head: readonly string[],
  row: (item: T) => readonly string[],
): void {
  if (json) return printJson(items);
  if (items.length === 0) return print('The list is empty.');
  return print(renderTable(head, items.map(row)));
}

export function day(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}

export function moment(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
