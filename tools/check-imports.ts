/**
 * The mistake it catches: an import between packages in the wrong direction (core imports a
 * database, the guard imports the server), a core that reads the clock, and a dependency that is
 * used but not declared, or declared and never used.
 */
import { lineOf, readSource, readSources, report, type SourceFile } from './source-files.ts';

const ours = '@keywright/';

/** What each package may import. No other list allows an import. */
export const allowedRooms: Readonly<Record<string, readonly string[]>> = {
  'packages/wire': [],
  'packages/jwt': ['wire'],
  'packages/core': ['wire', 'jwt'],
  'packages/store': ['core'],
  'packages/permissions': ['wire', 'core'],
  'packages/server': ['wire', 'jwt', 'core', 'store', 'permissions'],
  'packages/guard': ['wire', 'jwt'],
  'packages/client': ['jwt'],
  'packages/testing': ['wire', 'jwt', 'core', 'store', 'permissions'],
  'examples/third-party-app': [],
  'examples/background-service': ['client'],
  'examples/guard': ['guard'],
  'examples/platform-api': ['guard'],
  'examples/mcp-server': ['guard'],
};

/** Core has no transport, no files and no database: these are its ports. */
const forbiddenInCore = new Set(
  [
    'http',
    'https',
    'http2',
    'net',
    'tls',
    'dgram',
    'dns',
    'fs',
    'fs/promises',
    'sqlite',
    'child_process',
    'worker_threads',
    'os',
  ].map((name) => `node:${name}`),
);
const ambientInCore =
  /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\brandomBytes\(|\brandomUUID\(|\bprocess\.env\b/g;

const specifierPattern =
  /(?:^|[\s;}])(?:import|export)\s(?:[\w$*{},\s]*?\sfrom\s*)?['"]([^'"\n]+)['"]|\bimport\(\s*['"]([^'"\n]+)['"]\s*\)|\brequire\(\s*['"]([^'"\n]+)['"]\s*\)/g;

export interface Import {
  readonly specifier: string;
  readonly line: number;
}

/** Comments are blanked first: they may quote code. */
function blankComments(text: string): string {
  return text.replace(/^\s*(?:\/\*[\s\S]*?\*\/|\/\/[^\n]*)/gm, (comment) =>
    comment.replace(/[^\n]/g, ' '),
  );
}

export function findImports(text: string): readonly Import[] {
  return [...blankComments(text).matchAll(specifierPattern)].map((match) => ({
    specifier: match[1] ?? match[2] ?? match[3] ?? '',
    line: lineOf(text, match.index + match[0].search(/\S/)),
  }));
}

/** `packages/core` of `packages/core/src/server.ts`. */
function roomOf(path: string): string {
  return path.split('/').slice(0, 2).join('/');
}

/**
 * Tests, and contract suites that tests share, may use a real store or another room's parts; what
 * is published may not.
 */
function isTest(path: string): boolean {
  return (
    /(\.test|\/contract(-[\w-]+)?)\.ts$/.test(path) ||
    path.split('/').some((part) => part === 'flows' || part === 'testing-parts')
  );
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** True when a relative specifier climbs out of its room. */
function leavesRoom(path: string, specifier: string): boolean {
  const depth = path.split('/').length - 3;
  return (specifier.match(/\.\.\//g) ?? []).length > depth;
}

function judgeOurs(room: string, name: string): string | undefined {
  const allowed = allowedRooms[room];
  if (allowed === undefined) return undefined;
  const target = name.slice(ours.length);
  if (allowed.includes(target)) return undefined;
  return `${room} may not import ${name}; it may import ${allowed.length === 0 ? 'nothing of ours' : allowed.join(', ')}`;
}

function judge(
  file: SourceFile,
  specifier: string,
  declared: ReadonlySet<string>,
): string | undefined {
  const room = roomOf(file.path);
  if (specifier.startsWith('.')) {
    return leavesRoom(file.path, specifier)
      ? `${specifier} leaves ${room}: import the package by its name`
      : undefined;
  }
  if (specifier.startsWith('node:')) {
    return room === 'packages/core' && forbiddenInCore.has(specifier)
      ? `core may not import ${specifier}: it belongs behind a port`
      : undefined;
  }
  const name = packageName(specifier);
  if (name.startsWith(ours)) return judgeOurs(room, name) ?? judgeDeclared(room, name, declared);
  return judgeDeclared(room, name, declared);
}

function judgeDeclared(
  room: string,
  name: string,
  declared: ReadonlySet<string>,
): string | undefined {
  return declared.has(name)
    ? undefined
    : `${name} is not among the dependencies of ${room}/package.json`;
}

function findAmbient(file: SourceFile): readonly string[] {
  if (roomOf(file.path) !== 'packages/core') return [];
  return [...blankComments(file.text).matchAll(ambientInCore)].map(
    (match) =>
      `${file.path}:${lineOf(file.text, match.index)}: core may not use ${match[0]}: clock, randomness and settings are ports`,
  );
}

/** Every fault of one file. `declared` is what its package.json names. */
export function checkImports(file: SourceFile, declared: ReadonlySet<string>): readonly string[] {
  if (isTest(file.path)) return [];
  const faults = findImports(file.text).flatMap(({ specifier, line }) => {
    const fault = judge(file, specifier, declared);
    return fault === undefined ? [] : [`${file.path}:${line}: ${fault}`];
  });
  return [...faults, ...findAmbient(file)];
}

/**
 * What a package declares and none of its files imports, tests apart: whoever installs it would get
 * that for nothing.
 */
export function findUnused(
  room: string,
  files: readonly SourceFile[],
  dependencies: readonly string[],
): readonly string[] {
  const used = new Set(
    files
      .filter(({ path }) => !isTest(path))
      .flatMap(({ text }) => findImports(text).map(({ specifier }) => packageName(specifier))),
  );
  return dependencies
    .filter((name) => !used.has(name))
    .map((name) => `${room}/package.json: nothing imports ${name}`);
}

interface Manifest {
  readonly name: string;
  readonly dependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
}

const readManifest = (room: string) =>
  JSON.parse(readSource(`${room}/package.json`).text) as Manifest;

function checkAll(): readonly string[] {
  const rooms = Object.keys(allowedRooms);
  const files = readSources((name) => /\.[cm]?[jt]sx?$/.test(name) && rooms.includes(roomOf(name)));
  return rooms.flatMap((room) => {
    const { name, dependencies = {}, peerDependencies = {} } = readManifest(room);
    const declared = new Set([
      name,
      ...Object.keys(dependencies),
      ...Object.keys(peerDependencies),
    ]);
    const own = files.filter((file) => roomOf(file.path) === room);
    return [
      ...own.flatMap((file) => checkImports(file, declared)),
      ...(room.startsWith('packages/') ? findUnused(room, own, Object.keys(dependencies)) : []),
    ];
  });
}

if (import.meta.main) report(checkAll(), 'Imports point one way: ARCHITECTURE.md says which.');
