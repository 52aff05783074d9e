/**
 * Installs built packages as `npm install` would, without a registry. Packages of others are links
 * to this checkout.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { ours } from './packages.ts';
import { root } from './source-files.ts';

/**
 * `built` is the folder that `pack` filled. Makes `node_modules` in `folder`, with links to the
 * dependencies and to the packages in `extra`.
 */
export function layOut(built: string, folder: string, extra: readonly string[] = []): void {
  const modules = path.join(folder, 'node_modules');
  const foreign = new Set(extra);
  for (const folderName of readdirSync(built)) {
    cpSync(path.join(built, folderName), path.join(modules, '@keywright', folderName), {
      recursive: true,
    });
    const { dependencies } = JSON.parse(
      readFileSync(path.join(built, folderName, 'package.json'), 'utf8'),
    ) as {
      dependencies: Record<string, string>;
    };
    for (const name of Object.keys(dependencies)) if (!ours.test(name)) foreign.add(name);
  }
  for (const name of foreign) {
    const link = path.join(modules, name);
    if (existsSync(link)) continue;
    mkdirSync(path.dirname(link), { recursive: true });
    symlinkSync(path.join(root, 'node_modules', name), link, 'junction');
  }
  // npm's own record of what it installed. The launcher uses it to find where compiled code may be
  // stored.
  writeFileSync(path.join(modules, '.package-lock.json'), '{}');
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
}
