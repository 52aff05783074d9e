/**
 * Loaded into a node before its program (`--import`). Its clock is wrong by the number of seconds
 * in the file that the query names, and follows changes of the file. The monotonic clock does not
 * change, as when a system's clock is set.
 */
import { readFileSync } from 'node:fs';

const file = new URL(import.meta.url).searchParams.get('file') ?? '';
const System = Date;
const systemNow = Date.now;
const readOffset = (): number => Number(readFileSync(file, 'utf8')) * 1000;
let offset = readOffset();
setInterval(() => {
  offset = readOffset();
}, 20).unref();

class SkewedDate extends System {
  constructor(...given: readonly unknown[]) {
    super(...((given.length === 0 ? [SkewedDate.now()] : given) as [number]));
  }
  static override now(): number {
    return systemNow() + offset;
  }
}
globalThis.Date = SkewedDate as DateConstructor;
