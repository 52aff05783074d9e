/**
 * The declarations of what is published: emitted once for all packages, then each takes those that
 * its doors reach.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { ours, type Package } from './packages.ts';
import { root } from './source-files.ts';

const doorsOf = ({ manifest }: Package) => Object.entries(manifest.exports);

/** Into `<folder>/<room>/src`. */
export async function emitDeclarations(
  packages: readonly Package[],
  folder: string,
): Promise<void> {
  mkdirSync(folder);
  const doors = packages.flatMap((one) =>
    doorsOf(one).map(
      ([door, file]) =>
        [path.posix.join(one.manifest.name, door), path.join(one.source, file)] as const,
    ),
  );
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    // A matter of `npm run check`.
    noUnusedLocals: false,
    noUnusedParameters: false,
    rootDir: path.join(root, 'packages'),
    outDir: folder,
    typeRoots: [path.join(root, 'node_modules', '@types')],
    // As sources: of what is found in node_modules nothing is emitted.
    paths: Object.fromEntries(doors.map(([specifier, file]) => [specifier, [file]])),
  };
  const files = doors.map(([, file]) => file);
  const content = {
    extends: path.join(root, 'tsconfig.json'),
    compilerOptions,
    include: [],
    files,
  };
  const configuration = path.join(folder, 'tsconfig.json');
  writeFileSync(configuration, JSON.stringify(content));
  const compiler = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  await promisify(execFile)(process.execPath, [compiler, '-p', configuration]).catch(
    (error: { stdout: string }) => {
      throw new Error(error.stdout);
    },
  );
}

/** Or a docstring whole: its examples import what the package does not. */
const specifier = /^\s*\/\*\*[\s\S]*?\*\/|(from |import\()(['"])([^'"]+)\2/gm;

/**
 * Writes those that the doors of a package reach, and answers what they name of others. Those of
 * packages that travel in it lie in `inside`.
 */
export function followDeclarations(
  one: Package,
  declarations: string,
  folder: string,
): readonly string[] {
  const found = new Set<string>();
  const foreign = new Set<string>();
  const toDeclaration = (file: string) => file.replace(/\.ts$/, '.d.ts');
  const placeOf = (file: string) => {
    const [room = '', , ...rest] = path.relative(declarations, file).split(path.sep);
    return path.join(folder, ...(room === one.room ? rest : ['inside', room, ...rest]));
  };
  const targetOf = (from: string, name: string): string | undefined => {
    if (name.startsWith('.')) return path.join(path.dirname(from), toDeclaration(name));
    const [, room] = ours.exec(name) ?? [];
    if (room === undefined || !one.travelling.includes(name)) return undefined;
    return path.join(declarations, room, 'src', 'index.d.ts');
  };
  const follow = (file: string): void => {
    if (found.has(file)) return;
    found.add(file);
    const text = readFileSync(file, 'utf8').replaceAll(
      specifier,
      (whole, before: string | undefined, quote: string, name: string) => {
        if (before === undefined) return whole;
        const target = targetOf(file, name);
        if (target === undefined) {
          foreign.add(name);
          return whole;
        }
        follow(target);
        const relative = path
          .relative(path.dirname(placeOf(file)), placeOf(target))
          .replaceAll(path.sep, '/');
        const spelled = relative.startsWith('.') ? relative : `./${relative}`;
        return `${before}${quote}${spelled.replace(/\.d\.ts$/, '.js')}${quote}`;
      },
    );
    mkdirSync(path.dirname(placeOf(file)), { recursive: true });
    writeFileSync(placeOf(file), text);
  };
  for (const [, file] of doorsOf(one))
    follow(path.join(declarations, one.room, toDeclaration(file)));
  return [...foreign];
}
