/**
 * Finds the lines of a log that contain an id. The log is read once, in pieces. So it may have any
 * size: only one piece and one line are in memory.
 */
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { describeFileFault } from '../file-fault.ts';

export interface FoundLine {
  readonly file: string;
  /** Counted from 1. */
  readonly number: number;
  readonly text: string;
}

export interface SearchedLog {
  readonly file: string;
  readonly lines: number;
  readonly found: readonly FoundLine[];
  /** Why it could not be read completely. */
  readonly fault?: string;
}

/** In bytes. A longer line is not one of ours, and is skipped. */
const longestLine = 1024 * 1024;
/** A decision has one line, and perhaps a few more that mention it. */
const mostFound = 20;
const newline = 0x0a;

/** The text that was read, and the unfinished line. */
class LineSearch {
  readonly found: FoundLine[] = [];
  lines = 0;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  readonly #file: string;
  readonly #id: string;

  constructor(file: string, id: string) {
    this.#file = file;
    this.#id = id;
  }

  get isFull(): boolean {
    return this.found.length >= mostFound;
  }

  take(chunk: Buffer): void {
    const first = chunk.indexOf(newline);
    if (first === -1) return this.#wait(chunk);
    this.#wait(chunk.subarray(0, first));
    this.#finish();
    const last = chunk.lastIndexOf(newline);
    this.#takeWhole(chunk.subarray(first + 1, last + 1));
    return this.#wait(chunk.subarray(last + 1));
  }

  end(): void {
    if (this.#waitingBytes > 0) this.#finish();
  }

  #wait(part: Buffer): void {
    this.#waitingBytes += part.length;
    if (this.#waitingBytes <= longestLine && part.length > 0) this.#waiting.push(part);
    else if (this.#waitingBytes > longestLine) this.#waiting = [];
  }

  #finish(): void {
    if (this.#waitingBytes <= longestLine) this.#look(Buffer.concat(this.#waiting));
    this.lines += 1;
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  /** Complete lines. They are checked one by one only if the text contains the id. */
  #takeWhole(lines: Buffer): void {
    const isHere = lines.includes(this.#id, 0, 'latin1');
    let from = 0;
    for (let end = lines.indexOf(newline); end !== -1; end = lines.indexOf(newline, from)) {
      if (isHere) this.#look(lines.subarray(from, end));
      this.lines += 1;
      from = end + 1;
    }
  }

  #look(line: Buffer): void {
    if (this.isFull || !line.includes(this.#id, 0, 'latin1')) return;
    const text = line.toString('utf8').replace(/\r$/, '');
    this.found.push({ file: this.#file, number: this.lines + 1, text });
  }
}

/** `-` is standard input. A name that ends with `.gz` is decompressed. Never rejects. */
export function searchLog(file: string, id: string): Promise<SearchedLog> {
  return searchChunks(file === '-' ? 'standard input' : file, id, openLog(file));
}

/** Never rejects. */
export async function searchChunks(
  name: string,
  id: string,
  chunks: AsyncIterable<Buffer>,
): Promise<SearchedLog> {
  const search = new LineSearch(name, id);
  try {
    for await (const chunk of chunks) {
      search.take(chunk);
      if (search.isFull) break;
    }
    search.end();
    return { file: name, lines: search.lines, found: search.found };
  } catch (error) {
    const fault = describeFileFault(error, 'read');
    return { file: name, lines: search.lines, found: search.found, fault };
  }
}

function openLog(file: string): AsyncIterable<Buffer> {
  if (file === '-') return process.stdin;
  const raw = createReadStream(file, { highWaterMark: 256 * 1024 });
  if (!file.endsWith('.gz')) return raw;
  const unpacked = createGunzip();
  raw.on('error', (error) => unpacked.destroy(error));
  return raw.pipe(unpacked);
}
