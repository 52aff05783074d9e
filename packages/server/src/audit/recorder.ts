/**
 * Writes the events of this process to its chain, outside of requests. An event goes into a queue,
 * and the queue is stored within a quarter of a second. While the store cannot write, events wait.
 * Events that do not fit into the queue are counted.
 */
import { randomBytes } from 'node:crypto';
import type { AnyEvent, AuditStore } from '@keywright/core';
import { memberName } from '@keywright/wire/events';
import { bodyOf } from './body.ts';
import { auditRuleOf } from './catalogue.ts';
import type { Place, Signer } from './chain.ts';
import { ChainWriter, type OnAuditFault } from './chain-writer.ts';
import { Naming } from './naming.ts';
import { createThinning } from './thinning.ts';

export interface RecorderOptions {
  readonly store: AuditStore;
  readonly signer: Signer;
  readonly nowMs: () => number;
  /** The content of the first entry of the chain. */
  readonly process: Readonly<Record<string, unknown>>;
  /** The user who did everything in this process. Only for a command. */
  readonly actor?: Readonly<Record<string, unknown>>;
  /** Reports to the operator's log that the audit could not be written, or does not fit. */
  readonly onFault: OnAuditFault;
  /**
   * The end of the chain in the store, for a log that an attacker of the database cannot change.
   */
  readonly onHead?: (head: Place) => void;
  readonly maxWaiting?: number;
}

export interface Recorder {
  /** Never throws, and returns at once. */
  record(event: AnyEvent): void;
  /** Begins the chain now, not only with the first event. */
  start(): Promise<boolean>;
  /**
   * Resolves when everything that was recorded before is stored. Returns false if it could not be
   * written.
   */
  flush(): Promise<boolean>;
  /** Reports the end of the chain. */
  tellHead(): void;
  /**
   * Records the ends of other chains, and signs its own end again. Once a minute while a server
   * runs.
   */
  witness(): Promise<void>;
  /** Deletes older entries, after an entry that says so. */
  prune(untilMs: number): Promise<void>;
  /** Writes waiting events and closes the chain, within the given time. */
  close(withinMs?: number): Promise<boolean>;
}

/** Longer than a store act may take. */
const longestClosingMs = 6000;
const mostWaiting = 10_000;
const pruneLimit = 500;

export function createRecorder(options: RecorderOptions): Recorder {
  const { store, nowMs, onFault, maxWaiting = mostWaiting } = options;
  const chain = randomBytes(16).toString('base64url');
  const thinning = createThinning();
  const onForged = reportOnce((of) => {
    onFault({ type: 'audit.tampered', of });
    writer.add('audit.tampered', { of });
  });
  const naming = new Naming({ ...options, chain, onForged });
  const writer: ChainWriter = new ChainWriter({
    ...options,
    chain,
    maxWaiting,
    onForged,
    begin: async () => {
      const links = await naming.loadAll();
      return { body: { ...options.process, links }, onStored: () => naming.mark(links) };
    },
  });

  const addThinned = (): void => {
    for (const thinned of thinning.takeCounts()) writer.add('audit.thinned', { ...thinned });
  };
  const tellHead = (): void => {
    if (writer.stored.position > 0) options.onHead?.(writer.stored);
  };

  return {
    record: (event) => {
      const rule = auditRuleOf(event);
      if (rule === undefined || !thinning.admit(event, rule.thinnedBy, nowMs())) return;
      writer.offer(event.type, {
        ...bodyOf(event, rule.members.map(memberName)),
        ...options.actor,
      });
    },
    start: () => writer.begin(),
    flush: () => writer.flush(),
    tellHead,
    witness: async () => {
      addThinned();
      const links = await naming.loadDue();
      if (links.length > 0 && !writer.add('chain.linked', { links })) return;
      if (await writer.sign()) await naming.mark(links);
    },
    prune: async (untilMs) => {
      if (!(await store.hasPrunable(untilMs))) return;
      if (!writer.add('audit.pruned', { until: untilMs }) || !(await writer.flush())) return;
      while ((await store.prune(untilMs, pruneLimit)) >= pruneLimit);
    },
    close: async (withinMs = longestClosingMs) => {
      addThinned();
      const isWritten = await within(withinMs, writer.end());
      writer.stop();
      if (isWritten) tellHead();
      else onFault({ type: 'audit.not_written', count: writer.unwritten });
      return isWritten;
    },
  };
}

const mostReported = 1000;
const longestReported = 64;

/** Each text once, and only a limited number, because attackers choose them. */
function reportOnce(tell: (text: string) => void): (text: string) => void {
  const reported = new Set<string>();
  return (text) => {
    if (reported.has(text) || reported.size >= mostReported) return;
    reported.add(text);
    tell(text.slice(0, longestReported));
  };
}

/** Returns false if it takes longer, or fails. */
async function within(milliseconds: number, work: Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
