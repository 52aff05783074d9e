/** The whole audit of one process: a running server, or one command. */
import { hostname, userInfo } from 'node:os';
import type { Event, Events, Store, Vault } from '@keywright/core';
import { createRecorder, type RecorderOptions } from './recorder.ts';

export interface Audit {
  readonly events: Events;
  /** Begins the chain, and then does its periodic work once a minute. */
  start(): Promise<void>;
  /** Deletes entries that are older than the retention. One process does this for all. */
  prune(): Promise<void>;
  /**
   * Writes waiting events. Returns false if something could not be written. The log says so too.
   */
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

/** `kind` says what the process is: a server, or a command with the name of its user. */
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
    // Counted in whole days, so that the entry is written once a day.
    prune: () => recorder.prune(Math.floor(Date.now() / dayMs - retentionDays) * dayMs),
    close: (withinMs) => {
      clearInterval(timer);
      return recorder.close(withinMs);
    },
  };
}

/** The user who typed the command: the system user, and the user behind sudo. */
export function commandActor(): Readonly<Record<string, unknown>> {
  const sudoUser = process.env['SUDO_USER'];
  return { by: 'command', osUser: userName(), ...(sudoUser === undefined ? {} : { sudoUser }) };
}

/** A user id without a name, for example in a container, is recorded as a number. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}

/** Reports to both. */
export function tellBoth(one: Events, other: Events): Events {
  return {
    emit: (event: Event) => {
      one.emit(event);
      other.emit(event);
    },
  };
}
