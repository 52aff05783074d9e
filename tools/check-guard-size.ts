/**
 * Fails when the guard becomes larger than its limit. The guard is loaded at each cold start of an
 * API on web-standard requests. Bundles each entry as users do, and measures it minified and
 * compressed.
 */
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { report, root } from './source-files.ts';

interface Entry {
  readonly file: string;
  readonly what: string;
  /** In bytes. */
  readonly limit: number;
}

const kilobyte = 1000;

const entries: readonly Entry[] = [
  {
    file: 'packages/guard/src/fetch-guard.ts',
    what: '@keywright/guard/fetch',
    limit: 20 * kilobyte,
  },
  // With node:http and API keys.
  { file: 'packages/guard/src/index.ts', what: '@keywright/guard', limit: 26 * kilobyte },
];

/** Includes the entry and the packages that are built into it. Modules of Node are not included. */
export async function weigh(file: string): Promise<number> {
  const bundle = await rolldown({
    input: path.join(root, file),
    platform: 'node',
    external: /^node:/,
  });
  const { output } = await bundle.generate({ format: 'esm', minify: true });
  await bundle.close();
  const foreign = output.flatMap((part) => (part.type === 'chunk' ? part.imports : []));
  const strange = foreign.filter((name) => !name.startsWith('node:'));
  if (strange.length > 0) throw new Error(`${file} needs ${strange.join(', ')} beside it.`);
  return gzipSync(output.map((part) => (part.type === 'chunk' ? part.code : '')).join(''), {
    level: 9,
  }).length;
}

async function check({ file, what, limit }: Entry): Promise<readonly string[]> {
  const size = await weigh(file);
  const line = `${what}: ${size} bytes minified and compressed, of ${limit}`;
  process.stdout.write(`${line}\n`);
  return size > limit ? [`${line}: too large`] : [];
}

if (import.meta.main) {
  const faults: string[] = [];
  for (const entry of entries) faults.push(...(await check(entry)));
  report(faults, 'Leave something out, or let it be asked for by an import of its own.');
}
