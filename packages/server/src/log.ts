/** The log: one JSON object on each line, to standard output or a file. */
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
  /** Rejects with ConfigError if the file cannot be opened. */
  readonly ready: Promise<void>;
  /**
   * Writes waiting lines for at most one second, and closes the log. Nothing may be logged
   * afterwards.
   */
  close(): Promise<void>;
}

/**
 * The largest amount that waits for a slow disk or pipe. Further lines are lost, so that the log
 * does not fill the memory.
 */
const maxWaitingBytes = 16 * 1024 * 1024;
/**
 * The largest write to a pipe that is not split (POSIX: PIPE_BUF, on Linux). So lines of several
 * workers do not mix.
 */
const pipeBytes = 4096;
const closeMilliseconds = 1000;
const longestMethod = 20;
const noIds = {};
/**
 * No event contains a secret. If one is put into a detail by mistake, members with the usual names
 * are redacted.
 */
const redact = { paths: secretNames.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' };

interface Opened {
  readonly fd: number;
  readonly fault?: ConfigError;
}

/**
 * Opened here and not by pino, because pino ends the process with an unclear error if the log
 * cannot be opened. Opened only once, because the reader of a pipe leaves when its end is reached.
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

/** Lines are collected, and written outside of the request that caused them. */
export function createLog({ level, file }: LogSettings, traceIds: () => object = () => noIds): Log {
  const { fd, fault }: Opened = file === undefined ? { fd: 1 } : open(file);
  const destination = pino.destination({
    fd,
    ...(file === undefined ? { maxWrite: pipeBytes } : {}),
    sync: false,
    minLength: 0,
    maxLength: maxWaitingBytes,
  });
  // A full disk must not stop sign-ins, so the lines are lost.
  destination.on('error', () => undefined);
  const ready = fault === undefined ? Promise.resolve() : Promise.reject(fault);
  // A later request may ask for it.
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
    // The caller chooses the method and its length.
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
