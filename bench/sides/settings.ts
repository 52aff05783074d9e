/**
 * How a side is told what it needs, and says where it is: JSON on standard input, a line on
 * standard output.
 */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export async function readSettings<T>(): Promise<T> {
  return JSON.parse(await text(process.stdin)) as T;
}

/**
 * Tells the bench the port; answers the address. The end is an orderly one: a profile is written
 * only then.
 */
export function announce(server: Server): string {
  process.once('SIGTERM', () => process.exit(0));
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`listening ${port}\n`);
  return `http://127.0.0.1:${port}`;
}
