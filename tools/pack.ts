/**
 * Builds what npm publishes: `dist/packages/<name>/`, one folder for each package. Usage:
 * node tools/run.cjs tools/pack.ts [folder]
 *
 * Each package becomes a few files of JavaScript with declarations beside them. The reason why not
 * each module becomes a file is in docs/decisions/0027-packages.md. The files contain what the
 * entry points reach. They contain no tests, and nothing that only tests use.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { type Plugin, rolldown } from 'rolldown';
import { emitDeclarations, followDeclarations } from './declarations.ts';
import { ours, type Package, readPackages } from './packages.ts';
import { root } from './source-files.ts';

const moduleName = (file: string) => path.basename(file, '.ts');

/** The files of the entry points of a package, with the names of the built files. */
function entryPointsOf({ source, manifest }: Package): Readonly<Record<string, string>> {
  const files = [
    ...Object.values(manifest.exports),
    // The launcher (bin/keywright.cjs) starts this file.
    ...(manifest.bin === undefined ? [] : ['src/command-line/main.ts']),
  ];
  const entryPoints = Object.fromEntries(
    files.map((file) => [moduleName(file), path.join(source, file)]),
  );
  // All are built into one folder, where a second file of one name would replace the first.
  if (Object.keys(entryPoints).length < files.length)
    throw new Error(`${manifest.name}: two of its files have one name: ${files.join(', ')}.`);
  return entryPoints;
}

/**
 * A file that is read or started, and not imported, is named as `new URL('./name',
 * import.meta.url)`. Such a file is built too. Everything is built into one folder, so the file is
 * beside the file that names it.
 */
const beside: Plugin = {
  name: 'beside',
  transform(code, id) {
    return code.replaceAll(/new URL\('\.\/([^']+)', import\.meta\.url\)/g, (_, name: string) => {
      const file = path.join(path.dirname(id), name);
      const fileName = name.replace(/\.ts$/, '.js');
      if (fileName === name) this.emitFile({ type: 'asset', fileName, source: readFileSync(file) });
      else this.emitFile({ type: 'chunk', id: file, fileName });
      return `new URL('./${fileName}', import.meta.url)`;
    });
  },
};

/**
 * Node stores a text with one byte for each character if all characters are Latin-1, and otherwise
 * with two. One typographic quote doubles the size of a file. So other characters are written as
 * escapes. In a comment this has no effect. It saves 2 MB of memory in an idle server.
 */
const narrow: Plugin = {
  name: 'narrow',
  // This runs at the end, because printing the code restores the characters.
  generateBundle(_, bundle) {
    for (const part of Object.values(bundle))
      if (part.type === 'chunk')
        part.code = part.code.replaceAll(
          /[^\0-\u00ff]/g,
          (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
        );
  },
};

/**
 * Modules that a file loads by `createRequire` when it needs them. The bundler does not see these.
 */
function requiredBy(code: string): readonly string[] {
  return [...code.matchAll(/\brequire\(["']([^"'.][^"']*)["']\)/g)].map(([, name = '']) => name);
}

/** Returns the names of the packages that the code imports. */
async function buildCode(one: Package, folder: string): Promise<readonly string[]> {
  const isOutside = (specifier: string) =>
    /^[\w@]/.test(specifier) && !one.travelling.includes(specifier);
  const bundle = await rolldown({
    input: entryPointsOf(one),
    platform: 'node',
    external: isOutside,
    transform: { target: one.manifest.engines.node.replace('>=', 'node') },
    plugins: [beside, narrow],
  });
  // The code is not minified: that would save little memory, and stack traces must be readable. The
  // declarations have the comments.
  const { output } = await bundle.write({
    dir: folder,
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    comments: { jsdoc: false },
  });
  await bundle.close();
  const built = new Set(output.map(({ fileName }) => fileName));
  return output
    .flatMap((part) =>
      part.type === 'chunk'
        ? [...part.imports, ...part.dynamicImports, ...requiredBy(part.code)]
        : [],
    )
    .filter((name) => !built.has(name));
}

/**
 * The dependencies that the built files still import. Throws if an imported package is not a
 * dependency, because the package could then not be loaded. Throws if a dependency is neither
 * imported nor built into the package.
 */
export function dependenciesOf(
  { manifest, travelling }: Pick<Package, 'manifest' | 'travelling'>,
  named: readonly string[],
): Readonly<Record<string, string>> {
  const foreign = new Set(
    named
      .filter((specifier) => !isBuiltin(specifier))
      .map((specifier) => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier),
  );
  for (const name of foreign)
    if (manifest.dependencies[name] === undefined)
      throw new Error(`${manifest.name} names ${name}, which is not among its dependencies.`);
  for (const name of Object.keys(manifest.dependencies))
    if (!foreign.has(name) && !travelling.includes(name))
      throw new Error(`${manifest.name} has the dependency ${name}, and names it nowhere.`);
  return Object.fromEntries(
    Object.entries(manifest.dependencies).filter(([name]) => foreign.has(name)),
  );
}

/** The published package.json: the one of the source, with the names of the built files. */
function manifestOf(one: Package, named: readonly string[]) {
  const { devDependencies: _, exports, dependencies: _all, ...rest } = one.manifest;
  const entryPoints = Object.entries(exports).map(([entryPoint, file]) => {
    const types = file.replace('./src/', './types/').replace(/\.ts$/, '.d.ts');
    return [entryPoint, { types, default: `./dist/${moduleName(file)}.js` }];
  });
  return {
    ...rest,
    exports: Object.fromEntries(entryPoints) as Readonly<Record<string, unknown>>,
    dependencies: dependenciesOf(one, named),
    publishConfig: { access: 'public' },
  };
}

async function buildPackage(one: Package, declarations: string, folder: string): Promise<void> {
  const imported = await buildCode(one, path.join(folder, 'dist'));
  const declared = followDeclarations(one, declarations, path.join(folder, 'types'));
  const manifest = manifestOf(one, [...imported, ...declared]);
  writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  for (const file of ['README.md', 'bin'])
    if (existsSync(path.join(one.source, file)))
      cpSync(path.join(one.source, file), path.join(folder, file), { recursive: true });
  cpSync(path.join(root, 'LICENSE'), path.join(folder, 'LICENSE'));
  for (const name of one.travelling.filter((traveller) => !ours.test(traveller)))
    cpSync(path.join(root, 'node_modules', name, 'LICENSE'), path.join(folder, `LICENSE-${name}`));
}

/** Builds all packages into this folder. Throws if the folder has content, to delete no file. */
export async function pack(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  if (readdirSync(folder).length > 0) throw new Error(`${folder} is not empty.`);
  const packages = readPackages();
  const declarations = path.join(folder, '.declarations');
  await emitDeclarations(packages, declarations);
  for (const one of packages)
    await buildPackage(one, declarations, path.join(folder, one.folderName));
  rmSync(declarations, { recursive: true });
}

if (import.meta.main) {
  const own = path.join(root, 'dist', 'packages');
  const given = process.argv[2];
  if (given === undefined) rmSync(own, { recursive: true, force: true });
  await pack(given === undefined ? own : path.resolve(given));
}
