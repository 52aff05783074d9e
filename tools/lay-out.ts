/**
 * Built packages as `npm install` would leave them, without a registry: what others wrote is linked
 * from this checkout.
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
 * `built` is what `pack` made. In `folder`, `node_modules` is made; with `extra` packages linked
 * beside those that are asked for.
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
  // npm's own note of what it installed: by it the launcher knows where compiled code may be kept.
  writeFileSync(path.join(modules, '.package-lock.json'), '{}');
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
}
