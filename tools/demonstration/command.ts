/** Runs `keywright` commands on the demonstration's database, as its operator would. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { configurationFile } from './files.ts';
import { DemonstrationError } from './settings.ts';

export interface CommandContext {
  readonly root: string;
  readonly settings: { readonly folder: string };
}

export function keywrightOf(root: string): string {
  return path.join(root, 'packages/server/bin/keywright.cjs');
}

/** The output of the command. Throws DemonstrationError with the command's own error text. */
export async function runKeywright(
  { root, settings }: CommandContext,
  ...args: readonly string[]
): Promise<string> {
  const config = ['--config', configurationFile(settings.folder)];
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('KEYWRIGHT_')),
  );
  const command = [keywrightOf(root), ...args, ...config];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, command, { env });
    return stdout;
  } catch (error) {
    const { stderr = '' } = error as { readonly stderr?: string };
    throw new DemonstrationError(
      `keywright ${args.slice(0, 2).join(' ')} failed:\n${stderr.trimEnd()}`,
    );
  }
}
