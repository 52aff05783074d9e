/**
 * Makes docs/reference/command-line.md of the help of each command. The mistake
 * it catches, with `--check`: a command or a flag that was changed while the page still shows the
 * old one.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { createProgram } from '../packages/server/src/command-line/program.ts';
import { report, root } from './source-files.ts';

const page = 'docs/reference/command-line.md';
const file = path.join(root, page);

/** Lines of 80 characters, whatever terminal this runs in. */
const columns = { helpWidth: 80 };

function describe(command: Command, names: readonly string[]): readonly string[] {
  let help = '';
  command.configureHelp(columns).configureOutput({ writeOut: (text) => void (help += text) });
  // With the texts that some commands add to their help.
  command.outputHelp();
  const heading = `${'#'.repeat(Math.min(names.length, 3))} \`${names.join(' ')}\``;
  const inner = command.commands.flatMap((one) => describe(one, [...names, one.name()]));
  return [[heading, '', '```text', help.trim(), '```', ''].join('\n'), ...inner];
}

const opening = `<!-- Made by tools/make-command-reference.ts from the commands themselves: change them there. -->

# The command line

In this checkout: \`npm run keywright -- <command>\`, or \`node packages/server/bin/keywright.cjs <command>\`. It needs Node 24.11 or
newer; with an older one it starts the Node that \`npm ci\` installed beside it. Where \`@keywright/server\` is installed: \`npx keywright <command>\`.

Commands that look into the database need the configuration: \`--config\`, \`KEYWRIGHT_CONFIG\`, or a file of the usual name in the
current folder. A server may be running on that database meanwhile. Results go to standard output, everything else to standard
error. A command ends with 0, or with 1 when it could not do what it was asked; \`contract\` has a 2 beside it.
`;

const [program = '', ...commands] = describe(createProgram(), ['keywright']);
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
