/**
 * The declarations of the published packages. They are emitted once for all packages. Then each
 * package takes those that its entry points reach.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { ours, type Package } from './packages.ts';
import { root } from './source-files.ts';

const entryPointsOf = ({ manifest }: Package) => Object.entries(manifest.exports);

/** Writes into `<folder>/<package>/src`. */
export async function emitDeclarations(
  packages: readonly Package[],
  folder: string,
): Promise<void> {
  mkdirSync(folder);
  const entryPoints = packages.flatMap((one) =>
    entryPointsOf(one).map(
      ([entryPoint, file]) =>
        [path.posix.join(one.manifest.name, entryPoint), path.join(one.source, file)] as const,
    ),
  );
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    // `npm run check` reports these.
    noUnusedLocals: false,
    noUnusedParameters: false,
    rootDir: path.join(root, 'packages'),
    outDir: folder,
    typeRoots: [path.join(root, 'node_modules', '@types')],
    // Paths make them sources. The compiler emits nothing for files in node_modules.
    paths: Object.fromEntries(entryPoints.map(([specifier, file]) => [specifier, [file]])),
  };
  const files = entryPoints.map(([, file]) => file);
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

/** Matches a docstring as a whole, because its examples have imports that the package does not. */
const specifier = /^\s*\/\*\*[\s\S]*?\*\/|(from |import\()(['"])([^'"]+)\2/gm;

/**
 * Writes the declarations that the entry points of a package reach. Returns the names of other
 * packages in them. Declarations of packages that are built into it are in `inside`.
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
    const [folderName = '', , ...rest] = path.relative(declarations, file).split(path.sep);
    return path.join(
      folder,
      ...(folderName === one.folderName ? rest : ['inside', folderName, ...rest]),
    );
  };
  const targetOf = (from: string, name: string): string | undefined => {
    if (name.startsWith('.')) return path.join(path.dirname(from), toDeclaration(name));
    const [, folderName] = ours.exec(name) ?? [];
    if (folderName === undefined || !one.travelling.includes(name)) return undefined;
    return path.join(declarations, folderName, 'src', 'index.d.ts');
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
  for (const [, file] of entryPointsOf(one))
    follow(path.join(declarations, one.folderName, toDeclaration(file)));
  return [...foreign];
}
