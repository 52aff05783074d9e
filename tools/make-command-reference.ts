/**
 * Makes docs/reference/command-line.md from the help of each command. With `--check` it fails when
 * the page is not current.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { createProgram } from '../packages/server/src/command-line/program.ts';
import { report, root } from './source-files.ts';

const page = 'docs/reference/command-line.md';
const file = path.join(root, page);

/** Help has lines of 80 characters, in any terminal. */
const columns = { helpWidth: 80 };

function describe(command: Command, names: readonly string[]): readonly string[] {
  let help = '';
  command.configureHelp(columns).configureOutput({ writeOut: (text) => void (help += text) });
  // Includes the texts that some commands add to their help.
  command.outputHelp();
  const heading = `${'#'.repeat(Math.min(names.length, 3))} \`${names.join(' ')}\``;
  const inner = command.commands.flatMap((one) => describe(one, [...names, one.name()]));
  return [[heading, '', '```text', help.trim(), '```', ''].join('\n'), ...inner];
}

const opening = `<!-- Made by tools/make-command-reference.ts from the commands themselves: change them there. -->

# The command line

In this checkout, use \`npm run keywright -- <command>\` or
\`node packages/server/bin/keywright.cjs <command>\`. It needs Node 24.11 or newer. With an older Node, it
starts the Node that \`npm ci\` installed. If \`@keywright/server\` is installed, use
\`npx keywright <command>\`.

Commands that use the database need the configuration: \`--config\`, \`KEYWRIGHT_CONFIG\`, or a file with
the usual name in the current folder. A server may use the database at the same time. Results go to
standard output, everything else to standard error. The exit code is 0, or 1 if the command failed.
\`contract\` also uses the exit code 2.
`;

const [program = '', ...commands] = describe(createProgram(), ['keywright']);
const wanted = [opening, program.replace(/^# /, '## '), ...commands].join('\n');

if (process.argv.includes('--check')) {
  const current = existsSync(file) && readFileSync(file, 'utf8') === wanted;
  report(
    current ? [] : [`${page}: differs from the commands`],
    'Run: node tools/run.cjs tools/make-command-reference.ts',
  );
} else {
  writeFileSync(file, wanted);
}
