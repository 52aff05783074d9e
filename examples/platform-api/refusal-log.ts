/** The guard's refusals, a JSON object a line: what `keywright why <decision>` reads. */
import { createWriteStream } from 'node:fs';
import { inspect } from 'node:util';
import type { RefusalEvent } from '@keywright/guard';

/** The file is added to. The event holds no credential, so neither does the log. */
export function createRefusalLog(file: string | undefined): (event: RefusalEvent) => void {
  const out =
    file === undefined ? process.stdout : createWriteStream(file, { flags: 'a', mode: 0o600 });
  return (event) => void out.write(`${lineOf(event, new Date())}\n`);
}

export function lineOf({ error, ...event }: RefusalEvent, at: Date): string {
  // What was thrown is no data: of an Error, JSON would keep nothing.
  const thrown =
    error === undefined ? {} : { error: error instanceof Error ? error.stack : inspect(error) };
  return JSON.stringify({ time: at.toISOString(), ...event, ...thrown });
}
