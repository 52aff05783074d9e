/**
 * Reports files that are only correct on one machine, because they name a folder of that machine or
 * its package registry.
 */
import { homedir } from 'node:os';
import path from 'node:path';
import { lineOf, readSources, report, root, type SourceFile } from './source-files.ts';

const self = /^tools\/check-paths(\.test)?\.ts$/;
const quote = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Folders that may be in a path: the checkout, its parent, and the home folder of the user. */
function foldersOfThisMachine(): readonly string[] {
  const folders = [root, path.dirname(root), homedir()];
  return folders.filter((folder) => folder.length > 1);
}

/** The registry that npm is configured to use, and the public ones. */
function registryHosts(): readonly string[] {
  const configured = process.env['npm_config_registry'];
  const own =
    configured !== undefined && URL.canParse(configured) ? [new URL(configured).host] : [];
  return ['registry.npmjs.org', 'registry.yarnpkg.com', 'npm.pkg.github.com', ...own];
}

export interface Forbidden {
  readonly what: string;
  readonly pattern: RegExp;
}

export function forbidden(
  folders = foldersOfThisMachine(),
  hosts = registryHosts(),
): readonly Forbidden[] {
  const start = '(?<![\\w./-])';
  return [
    {
      what: 'a home folder',
      pattern: new RegExp(`${start}(?:/home/[a-z]|/Users/[A-Za-z]|/root/)`, 'g'),
    },
    {
      what: 'a folder of this machine',
      pattern: new RegExp(`${start}(?:${folders.map(quote).join('|')})(?![\\w-])`, 'g'),
    },
    { what: 'a package registry', pattern: new RegExp(hosts.map(quote).join('|'), 'g') },
  ];
}

export function checkPaths(file: SourceFile, rules: readonly Forbidden[]): readonly string[] {
  return rules.flatMap(({ what, pattern }) =>
    [...file.text.matchAll(pattern)].map(
      (match) => `${file.path}:${lineOf(file.text, match.index)}: names ${what} (${match[0]})`,
    ),
  );
}

if (import.meta.main) {
  const rules = forbidden();
  const faults = readSources((name) => !self.test(name)).flatMap((file) => checkPaths(file, rules));
  report(faults, 'Nothing in the repository may name a machine or a registry.');
}
