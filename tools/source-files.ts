/** The files that a checker reads: those that git tracks or would track. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '..');

export interface SourceFile {
  /** From the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

const binary = /\.(png|jpe?g|ico|woff2?|gif|pdf|zip|gz|db)$/;

/** Paths from the root of everything that git tracks or would track. */
export function listPaths(): readonly string[] {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
  });
  return listed.split('\0').filter((name) => name !== '' && existsSync(path.join(root, name)));
}

export function readSource(name: string): SourceFile {
  return { path: name, text: readFileSync(path.join(root, name), 'utf8') };
}

export function readSources(matches: (name: string) => boolean): readonly SourceFile[] {
  return listPaths()
    .filter((name) => !binary.test(name) && matches(name))
    .map(readSource);
}

/**
 * The relative imports of a file, as paths from the root. Quoted code in comments counts too. A
 * package that is imported by its name is no file.
 */
export function importedBy(file: SourceFile): readonly string[] {
  return [...file.text.matchAll(/\b(?:from|import)[\s(]*'(\.[^']+)'/g)].map(([, relative = '']) =>
    path.posix.join(path.posix.dirname(file.path), relative),
  );
}

export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** Prints the faults and sets the exit code. */
export function report(faults: readonly string[], cure: string): void {
  if (faults.length === 0) return;
  process.stdout.write(`${faults.join('\n')}\n${cure}\n`);
  process.exitCode = 1;
}
