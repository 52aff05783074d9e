/** The log: one JSON object a line, to standard output or a file. */
import { mkdirSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import path from 'node:path';
import { ConfigError, type AnyEvent, type Events, secretNames } from '@keywright/core';
import { events } from '@keywright/wire/events';
import { type Logger, pino } from 'pino';
import { describeFileFault } from './file-fault.ts';

/** A line of the access log. */
export interface AccessLine {
  readonly request: string | undefined;
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly milliseconds: number;
  readonly clientId: string | undefined;
  readonly network: string;
}

export interface LogSettings {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly file: string | undefined;
}

export interface Log {
  readonly logger: Logger;
  readonly events: Events;
  access(line: AccessLine): void;
  /** Rejects with ConfigError when the file cannot be opened. */
  readonly ready: Promise<void>;
  /**
   * Writes what waits, as far as it can be written within a second, and closes. Nothing may be
   * logged after.
   */
  close(): Promise<void>;
}

/**
 * What may wait for a disk or pipe that does not take it. Beyond that lines are lost: the log must
 * not fill the memory.
 */
const maxWaitingBytes = 16 * 1024 * 1024;
/**
 * So much goes into a pipe as a whole (POSIX: PIPE_BUF, on Linux): lines of several workers do not
 * run into each other.
 */
const pipeBytes = 4096;
const closeMilliseconds = 1000;
const longestMethod = 20;
const noIds = {};
/**
 * No event holds a secret; should one slip into a detail, its usual names are blanked all the same.
 */
const redact = { paths: secretNames.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' };

interface Opened {
  readonly fd: number;
  readonly fault?: ConfigError;
}

/**
 * Here and not by pino, which ends a process whose log it could not open with a fault of its own.
 * Once: who reads a pipe leaves at its end.
 */
function open(file: string): Opened {
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    return { fd: openSync(file, 'a', 0o600) };
  } catch (error) {
    const message = `${file} ${describeFileFault(error, 'written')}`;
    return { fd: openSync(devNull, 'a'), fault: new ConfigError([{ path: 'log.file', message }]) };
  }
}

/** Lines are gathered and written outside of the request that caused them. */
export function createLog({ level, file }: LogSettings, traceIds: () => object = () => noIds): Log {
  const { fd, fault }: Opened = file === undefined ? { fd: 1 } : open(file);
  const destination = pino.destination({
    fd,
    ...(file === undefined ? { maxWrite: pipeBytes } : {}),
    sync: false,
    minLength: 0,
    maxLength: maxWaitingBytes,
  });
  // A full disk under the log must not stop sign-ins: the lines are lost.
  destination.on('error', () => undefined);
  const ready = fault === undefined ? Promise.resolve() : Promise.reject(fault);
  // It may be asked for later.
  ready.catch(() => undefined);
  const logger = pino(
    { level, redact, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    destination,
  );
  return {
    logger,
    events: {
      emit: ({ error, ...event }: AnyEvent) => {
        const line = { ...event, ...traceIds() };
        logger[events[event.type].level](
          error === undefined ? line : { ...line, err: error },
          event.type,
        );
      },
    },
    // A caller chooses what it calls its method, and how long that is.
    access: (line) =>
      logger.info(
        { ...line, method: line.method.slice(0, longestMethod), ...traceIds() },
        'request',
      ),
    ready,
    close: () => close(destination),
  };
}

type Destination = ReturnType<typeof pino.destination>;

function close(destination: Destination): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, closeMilliseconds).unref();
    destination.once('close', resolve).once('error', resolve);
    destination.end();
  });
}
