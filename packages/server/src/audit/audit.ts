/** The audit of one process, put together: of a server that runs, or of one command. */
import { hostname, userInfo } from 'node:os';
import type { Event, Events, Store, Vault } from '@keywright/core';
import { createRecorder, type RecorderOptions } from './recorder.ts';

export interface Audit {
  readonly events: Events;
  /** Begins the chain, and from then on does what is to be done once a minute. */
  start(): Promise<void>;
  /** Deletes what is older than it is to be kept: of all processes, by one of them. */
  prune(): Promise<void>;
  /** Writes what waits. False when something could not be written: it was told. */
  close(withinMs?: number): Promise<boolean>;
}

export interface AuditParts {
  readonly store: Store;
  readonly vault: Vault;
  /** With 0 nothing is written. */
  readonly retentionDays: number;
  readonly onFault: RecorderOptions['onFault'];
  readonly onHead?: RecorderOptions['onHead'];
}

const dayMs = 86_400_000;
const everyMs = 60_000;

const none: Audit = {
  events: { emit: () => undefined },
  start: async () => undefined,
  prune: async () => undefined,
  close: async () => true,
};

/** `kind` says what the process is: a server, or a command with whoever typed it. */
export function createAudit(
  parts: AuditParts,
  kind: 'serve' | 'command',
  actor?: RecorderOptions['actor'],
): Audit {
  const { store, vault, retentionDays, onFault, onHead } = parts;
  if (retentionDays === 0) return none;
  const recorder = createRecorder({
    store: store.audit,
    signer: vault,
    nowMs: Date.now,
    process: { process: kind, host: hostname(), pid: process.pid, retentionDays, ...actor },
    ...(actor === undefined ? {} : { actor }),
    onFault,
    ...(onHead === undefined ? {} : { onHead }),
  });
  let timer: NodeJS.Timeout | undefined;
  let minutes = 0;
  return {
    events: { emit: (event) => recorder.record(event) },
    start: async () => {
      await recorder.start();
      recorder.tellHead();
      timer = setInterval(() => {
        minutes += 1;
        if (minutes % 60 === 0) recorder.tellHead();
        recorder.witness().catch((error: unknown) => onFault({ type: 'audit.not_written', error }));
      }, everyMs).unref();
    },
    // By whole days, so that an entry says it once a day.
    prune: () => recorder.prune(Math.floor(Date.now() / dayMs - retentionDays) * dayMs),
    close: (withinMs) => {
      clearInterval(timer);
      return recorder.close(withinMs);
    },
  };
}

/** Who typed the command: what the system says, and what sudo says of the person behind it. */
export function commandActor(): Readonly<Record<string, unknown>> {
  const sudoUser = process.env['SUDO_USER'];
  return { by: 'command', osUser: userName(), ...(sudoUser === undefined ? {} : { sudoUser }) };
}

/** A user id that has no name, as in a container, is told as a number. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}

/** Tells both. */
export function tellBoth(one: Events, other: Events): Events {
  return {
    emit: (event: Event) => {
      one.emit(event);
      other.emit(event);
    },
  };
}
