/**
 * The ports and the folder of the demonstration. They come from flags and the environment, and
 * flags override the environment.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';

export interface DemonstrationSettings {
  readonly port: number;
  readonly apiPort: number;
  readonly appPort: number;
  /** Undefined: three above the server, or another free one. */
  readonly mailPort: number | undefined;
  /** Absolute. */
  readonly folder: string;
}

/** The settings with the ports of the mailbox, which are chosen at the start. */
export interface StartedSettings extends DemonstrationSettings {
  readonly mailPort: number;
  readonly smtpPort: number;
}

/** The text is for the person who started the demonstration. */
export class DemonstrationError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DemonstrationError';
  }
}

export const usage = `Usage: npm start -- [--port <port>] [--api-port <port>] [--app-port <port>] [--mail-port <port>] [--folder <folder>]

  --port      the authorization server, 4000                 (KEYWRIGHT_PORT)
  --api-port  the platform API, one above the server         (KEYWRIGHT_API_PORT)
  --app-port  the third-party application, two above         (KEYWRIGHT_APP_PORT)
  --mail-port the page of captured mails, three above        (KEYWRIGHT_MAIL_PORT)
  --folder    database, secrets and logs, .keywright         (KEYWRIGHT_FOLDER)`;

const options = {
  port: { type: 'string' },
  'api-port': { type: 'string' },
  'app-port': { type: 'string' },
  'mail-port': { type: 'string' },
  folder: { type: 'string' },
  help: { type: 'boolean' },
} as const;

const variables = {
  port: 'KEYWRIGHT_PORT',
  'api-port': 'KEYWRIGHT_API_PORT',
  'app-port': 'KEYWRIGHT_APP_PORT',
  'mail-port': 'KEYWRIGHT_MAIL_PORT',
} as const;
export type PortFlag = keyof typeof variables;

function parseFlags(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: false }).values;
  } catch (error) {
    throw new DemonstrationError(`${(error as Error).message}\n\n${usage}`);
  }
}

function parsePort(text: string | undefined, otherwise: number, flag: PortFlag): number {
  const port = text === undefined || text === '' ? otherwise : Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new DemonstrationError(`--${flag} (${variables[flag]}) must be a port from 1 to 65535.`);
}

/** Undefined if only help was requested. Relative paths are relative to `root`. */
export function readSettings(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  root: string,
): DemonstrationSettings | undefined {
  const flags = parseFlags(args);
  if (flags.help === true) return undefined;
  const text = (flag: PortFlag) => flags[flag] ?? env[variables[flag]];
  const port = parsePort(text('port'), 4000, 'port');
  const apiPort = parsePort(text('api-port'), port + 1, 'api-port');
  const appPort = parsePort(text('app-port'), port + 2, 'app-port');
  const asked = text('mail-port') ?? '';
  const mailPort = asked === '' ? undefined : parsePort(asked, port, 'mail-port');
  const ports = [port, apiPort, appPort, ...(mailPort === undefined ? [] : [mailPort])];
  if (new Set(ports).size < ports.length) {
    throw new DemonstrationError(
      '--port, --api-port, --app-port and --mail-port must be different ports.',
    );
  }
  return {
    port,
    apiPort,
    appPort,
    mailPort,
    folder: path.resolve(root, flags.folder ?? env['KEYWRIGHT_FOLDER'] ?? '.keywright'),
  };
}
