import { spawn } from 'node:child_process';
import { get } from 'node:http';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';

const script = path.resolve(import.meta.dirname, 'testing-parts/standing-cluster.ts');

let supervisor: ReturnType<typeof startCluster> | undefined;
afterEach(() => supervisor?.kill('SIGKILL'));

function startCluster() {
  return spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
}

/** On a connection of its own: the answer, or the code of the error. */
function ask(port: number): Promise<string> {
  return new Promise((resolve) => {
    const request = get({ port, host: '127.0.0.1', agent: false }, (response) => {
      response.resume();
      response.on('end', () => resolve('answered'));
    });
    request.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

it('a connection on its way to a worker that is killed is closed, and its client need not wait', async () => {
  supervisor = startCluster();
  const { value: line } = await createInterface(supervisor.stdout)[Symbol.asyncIterator]().next();
  const port = Number(line);
  const answers: string[] = [];
  const asking = Array.from({ length: 6 }, async () => answers.push(await ask(port)));
  await expect.poll(() => answers.length, { timeout: 10_000 }).toBe(5);
  await delay(300);
  expect(answers).toEqual(Array.from({ length: 5 }, () => 'answered'));
  supervisor.stdin.write('kill\n');
  await Promise.all(asking);
  expect(answers.at(-1)).toBe('ECONNRESET');
}, 30_000);
