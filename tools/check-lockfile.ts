/**
 * The mistake it catches: a lockfile that works where it was made and nowhere else. npm leaves the optional packages of other
 * platforms out when they could not be fetched, and then `npm ci` refuses the whole file in a fresh clone.
 */
import { readSource, report } from './source-files.ts';

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

type Packages = Readonly<Record<string, LockedPackage>>;

/** Where Node would look: beside the package, and in every folder around it. */
function findLocked(packages: Packages, from: string, name: string): LockedPackage | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const found = packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`];
    if (found !== undefined || folder === '') return found;
    if (!folder.includes('/node_modules/')) return packages[`node_modules/${name}`];
  }
}

export function checkLockfile(packages: Packages): readonly string[] {
  return Object.entries(packages).flatMap(([at, locked]) => {
    const wanted = Object.keys({ ...locked.dependencies, ...locked.optionalDependencies });
    const missing = wanted.filter((name) => findLocked(packages, at, name) === undefined);
    const faults = missing.map(
      (name) => `package-lock.json: ${name}, which ${at === '' ? 'the root' : at} needs, is missing`,
    );
    return /^https?:/.test(locked.resolved ?? '')
      ? [...faults, `package-lock.json: ${at} names a registry`]
      : faults;
  });
}

if (import.meta.main) {
  const { packages } = JSON.parse(readSource('package-lock.json').text) as { readonly packages: Packages };
  report(
    checkLockfile(packages),
    'Make it anew where every package can be fetched: npm install --package-lock-only',
  );
}
