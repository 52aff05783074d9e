/**
 * Reads passwords from a terminal without echo, from standard input, or from a file. Never from the
 * command line, which every process of the machine can read.
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describeFileFault } from '../file-fault.ts';
import { CommandError } from './output.ts';

export const passwordFlagRefused =
  'Every process of this machine can read a password on the command line. Leave --password out and type the password when asked, send it to standard input, or give --password-file.';

function withoutLineEnd(value: string): string {
  return value.replace(/\r?\n$/, '');
}

/** readline would show what the user types, so its output is discarded after the question. */
function ask(question: string): Promise<string> {
  let muted = false;
  const output = new Writable({
    write: (chunk, _encoding, done) => {
      if (!muted) process.stderr.write(chunk as Buffer);
      done();
    },
  });
  const lines = createInterface({ input: process.stdin, output, terminal: true });
  return new Promise((resolve, reject) => {
    lines.once('SIGINT', () => {
      lines.close();
      reject(new CommandError('Nothing was changed.'));
    });
    lines.question(question, (answer) => {
      lines.close();
      process.stderr.write('\n');
      resolve(answer);
    });
    muted = true;
  });
}

async function askTwice(): Promise<string> {
  const password = await ask('Password: ');
  if ((await ask('Once more: ')) !== password)
    throw new CommandError('The two passwords differ. Nothing was changed.');
  return password;
}

function readSecretFile(file: string): string {
  try {
    return withoutLineEnd(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new CommandError(`${file} ${describeFileFault(error, 'read')}.`);
  }
}

export async function readPassword(file: string | undefined): Promise<string> {
  if (file !== undefined) return readSecretFile(file);
  return process.stdin.isTTY ? askTwice() : withoutLineEnd(await text(process.stdin));
}
