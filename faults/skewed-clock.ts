/**
 * Loaded into a node before its program (`--import`): its clock is off by so many seconds as stand
 * in the file that the query names, and goes on from there when that changes. The monotonic clock
 * is left alone, as it is where a system's clock is set.
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
