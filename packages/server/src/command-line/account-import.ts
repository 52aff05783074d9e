/** `keywright accounts import`. */
import { createReadStream } from 'node:fs';
import { importAccounts as importLines } from '../accounts/import.ts';
import { describeFileFault } from '../file-fault.ts';
import { systemRandom } from '../ports.ts';
import { type GlobalOptions, withStore } from './context.ts';
import { CommandError, print, warn } from './output.ts';

export interface ImportOptions {
  readonly check?: boolean;
}

/** More are only counted. */
const mostPrinted = 1000;

/** Adds the accounts of the lines without a fault. Fails after that if there was a fault. */
export function importAccounts(
  file: string,
  { check = false }: ImportOptions,
  global: GlobalOptions,
): Promise<void> {
  return withStore(global, async ({ store, now, events }) => {
    const chunks = file === '-' ? process.stdin : readFile(file);
    let printed = 0;
    const outcome = await importLines(
      chunks,
      check ? undefined : store,
      { now, random: systemRandom },
      ({ line, message }) => {
        if (printed++ < mostPrinted) warn(`line ${line}: ${message}`);
      },
    );
    const { added, known, faults } = outcome;
    if (!check && added > 0) events.emit({ type: 'accounts.imported', count: added });
    print(
      check
        ? `${added} accounts can be added. Nothing was stored.`
        : `${added} accounts were added. ${known} have an account already and were left as they are.`,
    );
    if (faults > 0)
      throw new CommandError(
        `${faults} lines have faults and were left out${printed > mostPrinted ? `; the first ${mostPrinted} are listed` : ''}.`,
      );
  });
}

async function* readFile(file: string): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(file) as AsyncIterable<Buffer>;
  } catch (error) {
    throw new CommandError(`${file} ${describeFileFault(error, 'read')}.`);
  }
}
