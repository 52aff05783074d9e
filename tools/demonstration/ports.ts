/**
 * The mistake it prevents: half a demonstration, because one of its ports belongs to something
 * else.
 */
import { createServer } from 'node:net';
import { DemonstrationError, type DemonstrationSettings } from './settings.ts';

function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  return new Promise((resolve, reject) => {
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else
        reject(
          new DemonstrationError(`Port ${port} cannot be used (${error.code ?? error.message}).`),
        );
    });
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

/** Throws DemonstrationError that names the port and the flag to change it. */
export async function assertPortsFree({
  port,
  apiPort,
  appPort,
}: DemonstrationSettings): Promise<void> {
  const wanted = [
    ['--port', port],
    ['--api-port', apiPort],
    ['--app-port', appPort],
  ] as const;
  for (const [flag, number] of wanted) {
    if (await isFree(number)) continue;
    throw new DemonstrationError(
      `Port ${number} is taken: stop what listens there, or choose another with ${flag}.`,
    );
  }
}
