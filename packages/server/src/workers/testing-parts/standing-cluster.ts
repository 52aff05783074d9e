/**
 * For lost-connections.test.ts: a cluster of two workers. The first one is blocked from the
 * beginning, until the line `kill` arrives. Prints its port.
 */
import cluster from 'node:cluster';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { endLostConnections } from '../lost-connections.ts';

function supervise(): void {
  const workers = [cluster.fork(), cluster.fork()];
  let listening = 0;
  for (const worker of workers) {
    endLostConnections(worker);
    worker.on('message', (port: number) => {
      listening += 1;
      if (listening < workers.length) return;
      workers[0]?.process.kill('SIGSTOP');
      process.stdout.write(`${port}\n`);
    });
  }
  createInterface(process.stdin).on('line', () => workers[0]?.process.kill('SIGKILL'));
}

function serve(): void {
  const server = createServer((_, response) => response.end('here'));
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
}

if (cluster.isPrimary) supervise();
else serve();
