/**
 * Frees memory that only the start needed: the parsed configuration, schemas, code that ran once.
 * This is about a tenth of the process.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const delayMilliseconds = 1000;

type Collect = (options: { readonly type: 'major'; readonly flavor: 'last-resort' }) => void;

/** Runs once, after the first requests, because it blocks the process for about 30 ms. */
export function releaseStartMemory(): void {
  setTimeout(() => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as Collect;
    collect({ type: 'major', flavor: 'last-resort' });
  }, delayMilliseconds).unref();
}
