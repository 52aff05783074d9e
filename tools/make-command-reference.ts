/**
 * Makes docs/reference/command-line.md of what each command says of itself with --help. The mistake
 * it catches, with `--check`: a command or a flag that was changed while the page still shows the
 * old one.
 */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { report, root } from './source-files.ts';

const page = 'docs/reference/command-line.md';
const file = path.join(root, page);
const launcher = path.join(root, 'packages/server/bin/keywright.cjs');

/** Lines of 80 characters, whatever terminal this runs in. */
async function helpOf(command: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [launcher, ...command, '--help']);
  return stdout.trim();
}

/** The names below "Commands:", but for help itself. */
function innerOf(help: string): readonly string[] {
  const [, list = ''] = help.split('\nCommands:\n');
  return [...list.matchAll(/^ {2}([a-z][a-z-]*)/gm)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'help');
}

async function describe(command: readonly string[]): Promise<readonly string[]> {
  const help = await helpOf(command);
  const inner = await Promise.all(innerOf(help).map((name) => describe([...command, name])));
  const heading = `${'#'.repeat(Math.min(command.length + 1, 3))} \`${['keywright', ...command].join(' ')}\``;
  return [[heading, '', '```text', help, '```', ''].join('\n'), ...inner.flat()];
}

const opening = `<!-- Made by tools/make-command-reference.ts from the commands themselves: change them there. -->

# The command line

In this checkout: \`npm run keywright -- <command>\`, or \`node packages/server/bin/keywright.cjs <command>\`. It needs Node 24.11 or
newer; with an older one it starts the Node that \`npm ci\` installed beside it. Where \`@keywright/server\` is installed: \`npx keywright <command>\`.

Commands that look into the database need the configuration: \`--config\`, \`KEYWRIGHT_CONFIG\`, or a file of the usual name in the
current folder. A server may be running on that database meanwhile. Results go to standard output, everything else to standard
error. A command ends with 0, or with 1 when it could not do what it was asked; \`contract\` has a 2 beside it.
`;

const [program = '', ...commands] = await describe([]);
const wanted = [opening, program.replace(/^# /, '## '), ...commands].join('\n');

if (process.argv.includes('--check')) {
  const current = existsSync(file) && readFileSync(file, 'utf8') === wanted;
  report(
    current ? [] : [`${page}: is not what the commands say`],
    'Run: node tools/run.cjs tools/make-command-reference.ts',
  );
} else {
  writeFileSync(file, wanted);
}
