/**
 * Faults of the lockfile that it reports:
 *
 * - npm leaves out optional packages of other platforms if it could not fetch them. Then `npm ci`
 * refuses the file in a fresh clone.
 *
 * - A package has no digest, or runs a script when it is installed.
 *
 * - A package has a licence that is not in the list.
 *
 * It does not report known vulnerabilities, because this needs a registry with a list of them: use
 * `npm audit`.
 */
import { readSource, report } from './source-files.ts';

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly integrity?: string;
  readonly license?: string;
  readonly hasInstallScript?: boolean;
  /** A workspace of this repository. */
  readonly link?: boolean;
}

type Packages = Readonly<Record<string, LockedPackage>>;

/** The places where Node searches: beside the package, and in each folder above it. */
function findLocked(packages: Packages, from: string, name: string): LockedPackage | undefined {
  for (
    let folder = from;
    ;
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))
  ) {
    const found = packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`];
    if (found !== undefined || folder === '') return found;
    if (!folder.includes('/node_modules/')) return packages[`node_modules/${name}`];
  }
}

const licences: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'Apache-2.0 AND MIT',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'MIT-0',
  'MIT OR Apache-2.0',
  // It has two licences. We use MIT.
  '(MIT OR EUPL-1.1+)',
  // A licence by file, which does not apply to programs that use it. Only tools of the checkout
  // have it: no package of ours depends on one.
  'MPL-2.0',
]);
/** Their package.json names no licence in the form that npm keeps; their LICENSE file is MIT's. */
const withoutField: ReadonlySet<string> = new Set([
  'busboy@1.6.0',
  'passport-strategy@1.0.0',
  'pause@0.0.1',
  'streamsearch@1.1.0',
]);

/** Packages whose install script is refused by name in `allowScripts` of package.json. */
const refusedScripts: ReadonlySet<string> = new Set(['@swc/core', 'esbuild', 'fsevents']);

function nameOf(at: string): string {
  return at.slice(at.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

function checkOne(at: string, locked: LockedPackage): readonly string[] {
  const faults: string[] = [];
  const say = (fault: string) => void faults.push(`package-lock.json: ${at} ${fault}`);
  if (/^https?:/.test(locked.resolved ?? '')) say('names a registry');
  if (!at.includes('node_modules/') || locked.link === true) return faults;
  if (locked.integrity?.startsWith('sha512-') !== true) say('has no SHA-512 digest');
  if (locked.hasInstallScript === true && !refusedScripts.has(nameOf(at)))
    say('runs a script when it is installed');
  const isKnown = withoutField.has(`${nameOf(at)}@${locked.version}`);
  if (!isKnown && !licences.has(locked.license ?? ''))
    say(`has the licence ${locked.license ?? 'of no name'}, which is not on the list`);
  return faults;
}

export function checkLockfile(packages: Packages): readonly string[] {
  return Object.entries(packages).flatMap(([at, locked]) => {
    const wanted = Object.keys({ ...locked.dependencies, ...locked.optionalDependencies });
    const missing = wanted.filter((name) => findLocked(packages, at, name) === undefined);
    const faults = missing.map(
      (name) =>
        `package-lock.json: ${name}, which ${at === '' ? 'the root' : at} needs, is missing`,
    );
    return [...faults, ...checkOne(at, locked)];
  });
}

if (import.meta.main) {
  const { packages } = JSON.parse(readSource('package-lock.json').text) as {
    readonly packages: Packages;
  };
  report(
    checkLockfile(packages),
    'Make it anew where every package can be fetched: npm install --package-lock-only',
  );
}
