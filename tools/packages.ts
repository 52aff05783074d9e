/** The packages of this repository, and the packages that are built into them. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './source-files.ts';

export interface Manifest {
  readonly name: string;
  readonly description: string;
  readonly engines: { readonly node: string };
  readonly exports: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** Matches `@keywright/jwt` and its subpaths. */
export const ours = /^@keywright\/([\w-]+)(?:\/[\w-]+)?$/;

/**
 * Packages that are built into another package. The guard and the client have no dependency. The
 * server needs a seventh of zod. The rest, with messages in 60 languages, would be loaded at each
 * start.
 */
const travellers: Readonly<Record<string, readonly string[]>> = {
  '@keywright/guard': ['@keywright/jwt', '@keywright/wire'],
  '@keywright/client': ['@keywright/jwt', '@keywright/wire'],
  '@keywright/server': ['zod'],
};

export interface Package {
  /** The name of its folder, such as `guard`. */
  readonly folderName: string;
  readonly source: string;
  readonly manifest: Manifest;
  readonly travelling: readonly string[];
}

export function readPackages(): readonly Package[] {
  return readdirSync(path.join(root, 'packages')).map((folderName) => {
    const source = path.join(root, 'packages', folderName);
    const manifest = JSON.parse(
      readFileSync(path.join(source, 'package.json'), 'utf8'),
    ) as Manifest;
    return { folderName, source, manifest, travelling: travellers[manifest.name] ?? [] };
  });
}
