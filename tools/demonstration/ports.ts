/** Checks that all ports are free before the demonstration starts. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import {
  DemonstrationError,
  type DemonstrationSettings,
  type StartedSettings,
} from './settings.ts';

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

/**
 * The ports of the mailbox. A user does not type them, so other ports are used if the usual one is
 * not free. Port 4003 is not the usual one, because the guides and examples use it.
 */
export async function chooseMailPorts(settings: DemonstrationSettings): Promise<StartedSettings> {
  const usual = settings.port + 9;
  const isUsual = usual <= 65_535 && !isOwn(settings, usual) && (await isFree(usual));
  const mailPort = settings.mailPort ?? (isUsual ? usual : await findFree());
  return { ...settings, mailPort, smtpPort: await findFree() };
}

function isOwn({ port, apiPort, appPort }: DemonstrationSettings, wanted: number): boolean {
  return [port, apiPort, appPort].includes(wanted);
}

async function findFree(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  await once(probe.close(), 'close');
  return port;
}

/** Throws DemonstrationError that names the port and the flag to change it. */
export async function assertPortsFree({
  port,
  apiPort,
  appPort,
  mailPort,
}: DemonstrationSettings): Promise<void> {
  const wanted = [
    ['--port', port],
    ['--api-port', apiPort],
    ['--app-port', appPort],
    ['--mail-port', mailPort],
  ] as const;
  for (const [flag, number] of wanted) {
    if (number === undefined || (await isFree(number))) continue;
    throw new DemonstrationError(
      `Port ${number} is taken: stop what listens there, or choose another with ${flag}.`,
    );
  }
}
