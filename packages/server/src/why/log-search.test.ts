import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { seed } from '../../../jwt/src/testing-parts/series.ts';
import { searchChunks, searchLog } from './log-search.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'keywright-why-'));
afterAll(() => rmSync(folder, { recursive: true }));
const id = '0f8fad5b-d9cb-469f-a165-70867728950e';

// oxlint-disable-next-line typescript/require-await
async function* inPieces(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** How many are still in use. What was touched in one turn is kept until its end. */
async function countHeld(given: readonly WeakRef<ArrayBufferLike>[]): Promise<number> {
  await setImmediate();
  collect();
  return given.filter((one) => one.deref() !== undefined).length;
}

describe('the search in a log', () => {
  it('finds whole lines, with chunks that begin and end anywhere', async () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constant(`a ${id} b`),
      fc.constant(id),
      fc.constant(''),
    );
    const clean = line.map((text) => text.replaceAll(/[\r\n]/g, ' '));
    await fc.assert(
      fc.asyncProperty(
        fc.array(clean, { maxLength: 12 }),
        fc.integer({ min: 1, max: 50 }),
        fc.boolean(),
        async (lines, size, ended) => {
          const text = lines.join('\n') + (ended && lines.length > 0 ? '\n' : '');
          const wanted = lines.flatMap((one, at) =>
            one.includes(id) ? [{ file: 'log', number: at + 1, text: one }] : [],
          );
          const { found, fault } = await searchChunks('log', id, inPieces(text, size));
          expect([found, fault]).toEqual([wanted, undefined]);
        },
      ),
      { seed },
    );
  });

  it('keeps at most one line in memory', async () => {
    const mebibyte = 1024 * 1024;
    // oxlint-disable-next-line typescript/require-await
    async function* pieces() {
      for (let at = 0; at < 200; at += 1) yield Buffer.alloc(mebibyte, 'x');
      yield Buffer.from(`${id} at the end of a line that is too long\n`);
      for (let at = 0; at < 100; at += 1) yield Buffer.from(`${'y'.repeat(9_999)}\n`.repeat(100));
      yield Buffer.from(`here: ${id}`);
    }
    const given: WeakRef<ArrayBufferLike>[] = [];
    let most = 0;
    async function* watched() {
      for await (const piece of pieces()) {
        given.push(new WeakRef(piece.buffer));
        yield piece;
        if (given.length % 50 === 0) most = Math.max(most, await countHeld(given));
      }
    }
    const { found, lines } = await searchChunks('log', id, watched());
    expect(found).toEqual([{ file: 'log', number: 10_002, text: `here: ${id}` }]);
    expect(lines).toBe(10_002);
    expect(most).toBeLessThan(5);
  });

  it('stops after a number of results, so that repeating one id cannot fill the answer', async () => {
    const { found } = await searchChunks('log', id, inPieces(`${id}\n`.repeat(5000), 10_000));
    expect(found).toHaveLength(20);
  });

  it('also reads compressed files', async () => {
    const file = path.join(folder, 'old.log.gz');
    writeFileSync(file, gzipSync(`first\nsecond ${id}\r\nthird\n`));
    expect(await searchLog(file, id)).toEqual({
      file,
      lines: 3,
      found: [{ file, number: 2, text: `second ${id}` }],
    });
  });

  it('reports a file that cannot be read', async () => {
    const missing = path.join(folder, 'none.log');
    expect(await searchLog(missing, id)).toEqual({
      file: missing,
      lines: 0,
      found: [],
      fault: 'cannot be read (ENOENT): the file or folder does not exist',
    });
    expect((await searchLog(folder, id)).fault).toBe('cannot be read (EISDIR): it is a folder');
    const broken = path.join(folder, 'broken.gz');
    writeFileSync(broken, 'no gzip');
    expect((await searchLog(broken, id)).fault).toMatch(/^cannot be read/);
    expect((await searchLog(`${missing}.gz`, id)).fault).toMatch(/^cannot be read \(ENOENT\)/);
  });
});
